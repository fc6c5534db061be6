import { expect, test } from 'vitest';
import { lines } from './came';

test('what came is told in the order in which one looks for what is wrong, and what is missing is left out', () => {
  expect(lines({ verified: false, issuer: 'urn:idp', audience: ['a', 'b'], status: [], name_id: null, encrypted: true, attributes: { mail: ['x@y.example'] } })).toEqual([
    ['Issuer', 'urn:idp'], ['Audience', 'a, b'], ['Assertion', 'encrypted'], ['mail', 'x@y.example'],
  ]);
  // Kept before it was told whether it was verified.
  expect(lines({ name_id: 'ada', attributes: {} })).toEqual([['Name id', 'ada']]);
});
