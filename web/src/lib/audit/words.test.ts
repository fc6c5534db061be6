import { expect, it } from 'vitest';
import { valueText, verbName } from './words';

it('reads as a person would say it', () => {
  expect(verbName('account.deactivate')).toBe('deactivated');
  expect(verbName('deactivate')).toBe('deactivated');
  expect(verbName('set_role')).toBe('changed the role of');
  expect(verbName('add_members')).toBe('added people to');
  expect(verbName('group.members_added')).toBe('group: members added');
  expect(valueText('state', 'claimed')).toBe('Active');
  expect(valueText('frontline', true)).toBe('Yes');
  expect(valueText('manager', { id: 'x', display_name: 'Ada Byron' })).toBe('Ada Byron');
  expect(valueText('title', null)).toBe('');
});
