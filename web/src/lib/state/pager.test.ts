import { expect, it } from 'vitest';
import { Pager } from './pager.svelte';

interface Row {
  id: string;
}
const pages: Record<string, { items: Row[]; next: string | null }> = {
  '': { items: [{ id: 'a' }, { id: 'b' }], next: 'b' },
  b: { items: [{ id: 'c' }], next: null },
};

it('reads on by key until there is no more', async () => {
  const asked: string[] = [];
  const list = new Pager<Row>(async (after) => {
    asked.push(after ?? '');
    return pages[after ?? ''] ?? { items: [], next: null };
  });
  await list.reset();
  await list.more();
  await list.more();
  expect(list.items.map((r) => r.id)).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual(['', 'b']);
});

it('an answer that comes late does not overwrite a newer one', async () => {
  const answers: ((items: Row[]) => void)[] = [];
  const list = new Pager<Row>(() => new Promise((resolve) => answers.push((items) => resolve({ items, next: null }))));
  const first = list.reset();
  const second = list.reset();
  answers[1]?.([{ id: 'new' }]);
  answers[0]?.([{ id: 'old' }]);
  await Promise.all([first, second]);
  expect(list.items).toEqual([{ id: 'new' }]);
});

it('keeps what is shown when reading on fails, and says why', async () => {
  let fail = false;
  const list = new Pager<Row>(async () => {
    if (fail) throw new TypeError('network');
    return { items: [{ id: 'a' }], next: 'a' };
  });
  await list.reset();
  fail = true;
  await list.more();
  expect(list.items).toHaveLength(1);
  expect(list.problem?.detail).toContain('cannot be reached');
});
