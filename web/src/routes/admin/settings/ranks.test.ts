import { describe, expect, it } from 'vitest';
import { inOrder, ordered, placeUp, rankOf, setRank } from './ranks';

describe('who has the word', () => {
  const none = { sources: {}, fields: {}, order: [] };
  it('is in a new workplace the identity provider, then the directory', () => {
    expect(ordered(none)).toBe('identity provider before directory before single sign-on before admins and the person and people files');
  });
  it('can be set for all fields and for one', () => {
    const files = setRank(none, 'file', null, 9);
    expect(ordered(files)).toMatch(/^people files before identity provider/);
    const title = setRank(files, 'people', 'title', 8);
    expect(rankOf(title, 'people', 'title')).toBe(8);
    expect(rankOf(title, 'people', 'phone', true)).toBe(5);
    expect(rankOf(title, 'file', 'title')).toBe(9);
  });
  it('of several of one kind is the one that stands above', () => {
    const ids = ['okta', 'entra', 'old'];
    expect(inOrder(none, ids)).toEqual(ids);
    const up = placeUp({ ...none, order: ['office'] }, ids, 'entra');
    expect(up.order).toEqual(['office', 'entra', 'okta', 'old']);
    expect(inOrder(up, ids)).toEqual(['entra', 'okta', 'old']);
    expect(placeUp(up, ids, 'entra').order).toEqual(up.order);
    expect(inOrder(up, ['new', ...ids])).toEqual(['entra', 'okta', 'old', 'new']);
  });
});
