import { expect, it } from 'vitest';
import { signIn } from '../test/world';
import { find } from '../routes';
import { adminPlaces, isAt } from './nav';

const labels = () => adminPlaces().map((p) => p.label);

it('shows each role only the screens it may open', () => {
  signIn([]);
  expect(labels()).toEqual([]);
  signIn(['insights.read']);
  expect(labels()).toEqual(['Overview']);
  signIn(['people.read', 'people.invite', 'people.import']);
  expect(labels()).toEqual(['Overview', 'Manage people', 'Import', 'Directory', 'Invitations', 'Requests to join', 'Access codes']);
});

it('knows where one is', () => {
  expect(isAt('/admin', '/admin/people')).toBe(false);
  expect(isAt('/admin/people', '/admin/people/new')).toBe(true);
  expect(isAt('/', '/home')).toBe(true);
});

it('a fixed word wins over a person’s id', () => {
  expect(find('/admin/people/new')?.route.path).toBe('/admin/people/new');
  expect(find('/admin/people/0190')?.params).toEqual({ id: '0190' });
  expect(find('/login')).toBeNull();
});
