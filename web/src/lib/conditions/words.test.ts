import { expect, test } from 'vitest';
import { fresh, freshGroup, isComplete, parts, opLabel, opsOf, valueKind } from './words';

test('a new condition says what it needs, or waits for it', () => {
  expect(fresh('start_date')).toEqual({ field: 'start_date', op: 'reached', values: ['0'] });
  expect(isComplete({ match: 'all', tests: [fresh('department')] })).toBe(false);
  expect(isComplete({ match: 'all', tests: [fresh('frontline'), fresh('start_date')] })).toBe(true);
  expect(isComplete({ match: 'all', tests: [{ field: 'title', op: 'is_known', values: [] }] })).toBe(true);
  expect(isComplete({ match: 'any', tests: [] })).toBe(false);
});

test('every field has a way to be looked at, and every way a word', () => {
  for (const [field, ops] of Object.entries(opsOf)) {
    for (const op of ops) {
      expect(opLabel(field as keyof typeof opsOf, op)).toBeTruthy();
      expect(valueKind(field as keyof typeof opsOf, op)).toBeTruthy();
    }
  }
});

test('a group counts as one condition, and is complete when all in it are', () => {
  const known = { field: 'title' as const, op: 'is_known' as const, values: [] };
  const group = freshGroup('all');
  expect(group).toEqual({ match: 'any', tests: [fresh('department')], groups: [] });
  expect(freshGroup('any').match).toBe('all');
  expect(parts({ match: 'all', tests: [known], groups: [group] })).toBe(2);
  expect(isComplete({ match: 'all', tests: [known], groups: [group] })).toBe(false);
  expect(isComplete({ match: 'all', tests: [], groups: [{ match: 'any', tests: [known] }] })).toBe(true);
  expect(isComplete({ match: 'all', tests: [known], groups: [{ match: 'any', tests: [], groups: [] }] })).toBe(false);
});
