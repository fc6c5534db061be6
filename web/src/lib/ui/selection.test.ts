import { expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));

it('picks ranges, and all that match', () => {
  const s = new Selection();
  s.toggle(rows, 1);
  s.toggle(rows, 3, true);
  expect([...s.ids]).toEqual(['b', 'c', 'd']);
  s.toggle(rows, 2);
  expect(s.target({})).toEqual({ ids: ['b', 'd'] });
  s.all = true;
  expect(s.size(100_000)).toBe(100_000);
  expect(s.target({ state: 'claimed' })).toEqual({ filter: { state: 'claimed' } });
});

it('dropping a row of "all" leaves the rows that were seen', () => {
  const s = new Selection();
  s.all = true;
  s.toggle(rows, 0);
  expect(s.all).toBe(false);
  expect([...s.ids]).toEqual(['b', 'c', 'd', 'e']);
});
