import { expect, it } from 'vitest';
import { serve } from '../../test/world';
import { linesOf, OrgNode } from './org.svelte';

const person = (id: string, reports_count: number) => ({ id, display_name: id, photo_url: null, title: null, department: null, reports_count });

it('a branch is fetched when it is opened, and a wide one comes in parts', async () => {
  const asked = serve({ 'GET /org': { person: null, managers: [], reports: Array.from({ length: 250 }, (_, n) => person(`r${n}`, 0)) } });
  const head = new OrgNode(person('head', 250), 1, null);
  expect(linesOf([head])).toHaveLength(1);
  await head.expand();
  expect(asked[0]?.query.get('root')).toBe('head');
  expect(linesOf([head])).toHaveLength(102);
  expect(linesOf([head]).at(-1)).toMatchObject({ kind: 'more', rest: 150, level: 2 });
  head.shown += 100;
  expect(linesOf([head])).toHaveLength(202);
  head.collapse();
  expect(linesOf([head])).toHaveLength(1);
  await head.expand();
  expect(asked).toHaveLength(1);
});

it('a branch that cannot be fetched says so', async () => {
  serve({});
  const head = new OrgNode(person('head', 3), 1, null);
  await head.expand();
  expect(head.open).toBe(false);
  expect(head.problem).toContain('No such route');
});
