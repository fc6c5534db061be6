import { describe, expect, it } from 'vitest';
import { ordered, rankOf, setRank } from './ranks';

describe('who has the word', () => {
  const none = { sources: {}, fields: {} };
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
});
