import { describe, expect, it } from 'vitest';
import { match } from './match';

describe('match', () => {
  it.each([
    ['/people', '/people', {}],
    ['/people', '/people/', {}],
    ['/people/:id', '/people/abc', { id: 'abc' }],
    ['/roles/:key', '/roles/custom-%C3%A9', { key: 'custom-é' }],
    ['/people/:id', '/people', null],
    ['/people', '/groups', null],
    ['/a/:id', '/a/%E0%A4%A', null],
  ])('%s on %s', (pattern, path, expected) => {
    expect(match(pattern, path)).toEqual(expected);
  });
});
