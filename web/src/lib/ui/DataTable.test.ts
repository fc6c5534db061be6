import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, it } from 'vitest';
import { Pager } from '$lib/state/pager.svelte';
import DataTable from './DataTable.svelte';
import { Selection } from './selection.svelte';

interface Row {
  id: string;
}
const cell = createRawSnippet((row: () => Row) => ({ render: () => `<a href="/people/${row().id}" data-primary="true">${row().id}</a>` }));
const empty = createRawSnippet(() => ({ render: () => '<p>No one is here yet</p>' }));
const columns = [{ key: 'name', label: 'Name', sort: 'name' }];

async function table(count: number, extra: object = {}) {
  const items = Array.from({ length: count }, (_, n) => ({ id: `person ${n}` }));
  const list = new Pager<Row>(async () => ({ items, next: null }));
  await list.reset();
  render(DataTable, { label: 'People', columns, pager: list, cell, empty, ...extra } as never);
}

it('draws a screenful of a hundred thousand rows', async () => {
  await table(100_000);
  expect(screen.getAllByRole('link').length).toBeLessThan(100);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount');
});

it('moves along the rows with the arrow keys, and picks with x', async () => {
  const selection = new Selection();
  await table(5, { selection, name: (r: Row) => r.id });
  const first = screen.getByRole('link', { name: 'person 0' });
  first.focus();
  await fireEvent.keyDown(first, { key: 'ArrowDown' });
  const second = screen.getByRole('link', { name: 'person 1' });
  expect(second).toHaveFocus();
  await fireEvent.keyDown(second, { key: 'x' });
  expect([...selection.ids]).toEqual(['person 1']);
  expect(screen.getByLabelText('Select person 1')).toBeChecked();
});

it('asks for the other order when a heading is pressed', async () => {
  const asked: string[] = [];
  await table(2, { sort: 'name', onsort: (s: string) => asked.push(s) });
  expect(screen.getByRole('columnheader')).toHaveAttribute('aria-sort', 'ascending');
  await fireEvent.click(screen.getByRole('button', { name: 'Name' }));
  expect(asked).toEqual(['-name']);
});

it('says what to do when there is nothing', async () => {
  await table(0);
  expect(screen.getByText('No one is here yet')).toBeInTheDocument();
});
