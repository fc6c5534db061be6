import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Import, ImportColumn } from '$lib/api/types';
import { Refusal, serve, signIn } from '../../../test/world';
import ImportMapping from './ImportMapping.svelte';

const column = (index: number, header: string, field: string | null, confidence: ImportColumn['confidence'] = 'sure'): ImportColumn => ({ index, header, sample: ['x'], field, confidence });
const run = (...columns: ImportColumn[]) =>
  ({ id: 'r1', mode: 'add', state: 'mapping', options: { invite: false }, mapping: { header_line: 1, columns, encoding: 'UTF-8', delimiter: ';', sheet: null } }) as unknown as Import;
const plan = () => screen.getByRole('button', { name: 'Make the plan' });
beforeEach(() => signIn(['people.import', 'people.invite']));

it('goes on once it is clear who each row is', async () => {
  const onmapped = vi.fn();
  const asked = serve({ 'PUT /imports/r1/mapping': run() });
  render(ImportMapping, { run: run(column(0, 'Kennung', null, 'unsure'), column(1, 'Vorname', 'given_name')), onmapped });
  expect(plan()).toBeDisabled();
  expect(screen.getByText(/each person needs one of them/)).toBeInTheDocument();
  await fireEvent.change(screen.getByLabelText('What “Kennung” is'), { target: { value: 'employee_id' } });
  expect(plan()).toBeEnabled();
  await fireEvent.click(screen.getByLabelText(/Invite those who are added/));
  await fireEvent.click(plan());
  await vi.waitFor(() => expect(onmapped).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({ columns: [{ index: 0, field: 'employee_id' }, { index: 1, field: 'given_name' }], options: { invite: true } });
});

it('will not have two columns be the same field', () => {
  render(ImportMapping, { run: run(column(0, 'Mail', 'email'), column(1, 'E-Mail', 'email'), column(2, 'Name', 'display_name')), onmapped: vi.fn() });
  expect(screen.getAllByText('Chosen twice')).toHaveLength(2);
  expect(plan()).toBeDisabled();
});

it('says why the server would not have it', async () => {
  serve({ 'PUT /imports/r1/mapping': new Refusal(422, { detail: 'This import was applied already.' }) });
  render(ImportMapping, { run: run(column(0, 'Mail', 'email'), column(1, 'Name', 'display_name')), onmapped: vi.fn() });
  await fireEvent.click(plan());
  expect(await screen.findByText('This import was applied already.')).toBeInTheDocument();
});
