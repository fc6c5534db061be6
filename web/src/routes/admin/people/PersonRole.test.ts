import { render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { person, serve, signIn } from '../../../test/world';
import PersonRole from './PersonRole.svelte';

const role = (key: string, name: string, permissions: string[]) => ({ key, name, description: '', permissions, built_in: true, people: 0 });
const roles = { items: [role('member', 'Member', []), role('analyst', 'Analyst', ['people.read', 'audit.read']), role('reader', 'Reader', ['people.read'])] };

it('offers only roles that may no more than the one who gives them', async () => {
  signIn(['roles.manage', 'people.read']);
  serve({ 'GET /roles': roles });
  render(PersonRole, { person: person({ role: 'member' }), ondone: vi.fn() });
  const offered = (await screen.findAllByRole('option')).map((option) => option.textContent);
  expect(offered).toEqual(['Member', 'Reader']);
});

it('offers nothing of somebody who may more', async () => {
  signIn(['roles.manage', 'people.read']);
  serve({ 'GET /roles': roles });
  render(PersonRole, { person: person({ role: 'analyst', locked: 'Bo has the permission "Read the audit log", which you don’t have: ask an admin who does.' }), ondone: vi.fn() });
  expect(await screen.findByText('Analyst')).toBeTruthy();
  expect(screen.queryByRole('combobox')).toBeNull();
});
