import { expect, it } from 'vitest';
import type { Directory, DirectoryPreset } from '$lib/api/types';
import { emptySettings, lines, rules, stateOf } from './words';

const preset: DirectoryPreset = {
  kind: 'open_ldap', filter: '(objectClass=inetOrgPerson)', key_attribute: 'entryUUID',
  mapping: { rules: [{ field: 'email', attribute: 'mail' }], manager: 'manager', photo: 'jpegPhoto' },
};

it('a mapping comes back from its lines as it was', () => {
  const settings = emptySettings(preset);
  const typed = lines(settings.mapping);
  expect(typed.find((l) => l.field === 'title')?.attribute).toBe('');
  expect(rules(typed)).toEqual(preset.mapping.rules);
  for (const rule of settings.mapping.rules) rule.attribute = 'upn';
  expect(preset.mapping.rules).toEqual([{ field: 'email', attribute: 'mail' }]);
});

it('says how a directory is doing', () => {
  const d = { settings: emptySettings(preset), trouble: null, applied_at: null, next_at: null } as Directory;
  expect(stateOf(d).label).toBe('Not applied yet');
  expect(stateOf({ ...d, applied_at: 'x' }).label).toBe('Only by hand');
  expect(stateOf({ ...d, applied_at: 'x', next_at: 'x' }).label).toBe('On schedule');
  expect(stateOf({ ...d, applied_at: 'x', trouble: 'It broke.' }).tone).toBe('bad');
  expect(stateOf({ ...d, applied_at: 'x', silent: true }).label).toBe('Agent is silent');
});
