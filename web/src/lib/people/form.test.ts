import { expect, it } from 'vitest';
import { changesOf, EMPTY_INPUT } from './form';

it('sends only what was altered, and null for what was emptied', () => {
  const before = { ...EMPTY_INPUT, given_name: 'Ada', phone: '+44 1', frontline: false };
  expect(changesOf(before, { ...before })).toEqual({});
  expect(changesOf(before, { ...before, given_name: ' Ada ', phone: '', title: 'Engineer', frontline: true, manager_id: 'm' })).toEqual({
    phone: null, title: 'Engineer', frontline: true, manager_id: 'm',
  });
});
