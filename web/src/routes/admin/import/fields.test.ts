import { expect, it } from 'vitest';
import { doubles, missing } from './fields';

const columns = (...fields: (string | null)[]) => fields.map((field, index) => ({ index, field }));

it('says what a mapping lacks', () => {
  expect(missing(columns('email', 'given_name'), 'add')).toBeNull();
  expect(missing(columns('given_name', null), 'add')).toContain('e-mail');
  expect(missing(columns('email'), 'full')).toContain('name');
  expect(missing(columns('employee_id'), 'leavers')).toBeNull();
  expect(missing(columns('given_name'), 'invite')).toContain('who is meant');
});

it('finds columns that claim the same field', () => {
  expect([...doubles(columns('email', 'email', null, null, 'title'))]).toEqual(['email']);
});
