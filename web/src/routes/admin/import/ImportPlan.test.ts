import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Import } from '$lib/api/types';
import { confirmation } from '$lib/state/confirm.svelte';
import { serve, signIn } from '../../../test/world';
import ImportPlan from './ImportPlan.svelte';

const run = (part: Partial<Import> = {}): Import => ({
  id: 'r1', directory_id: null, full: false, scheduled: false, file_name: 'people.csv', mode: 'full', state: 'planned', error: null, mapping: null, options: { invite: false },
  counts: { rows: 100, valid: 80, incomplete: 4, invalid: 6, unchanged: 10, create: 50, update: 10, deactivate: 20, reactivate: 0, invite: 0 },
  progress: null, brake: null, tidied: false, undo: null, undo_result: null, created_by: null, created_at: '2026-01-01T00:00:00Z', planned_at: null, applied_at: null, undone_at: null, ...part,
});
const apply = () => screen.getByRole('button', { name: /Apply the plan|Nothing to apply/ });
beforeEach(() => signIn(['people.import']));

it('applies after the consequences were read', async () => {
  const onchanged = vi.fn();
  const asked = serve({ 'GET /imports/r1/rows': { items: [], next: null }, 'POST /imports/r1/apply': run({ state: 'applying' }) });
  render(ImportPlan, { run: run(), onchanged, onremap: vi.fn() });
  await fireEvent.click(apply());
  expect(confirmation.question?.consequences.join(' ')).toContain('50 people will be added');
  expect(confirmation.question?.consequences.join(' ')).toContain('6 invalid rows are left out');
  confirmation.answer(true);
  await vi.waitFor(() => expect(onchanged).toHaveBeenCalled());
  expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ confirm_brake: false });
});

it('stops at the brake until someone says yes', async () => {
  const asked = serve({ 'GET /imports/r1/rows': { items: [], next: null }, 'POST /imports/r1/apply': run({ state: 'applying' }) });
  render(ImportPlan, { run: run({ brake: { would_deactivate: 20, limit: 5, active: 90, confirmed: false } }), onchanged: vi.fn(), onremap: vi.fn() });
  expect(apply()).toBeDisabled();
  await fireEvent.click(screen.getByLabelText(/Yes, all 20 have left/));
  expect(apply()).toBeEnabled();
  await fireEvent.click(apply());
  confirmation.answer(true);
  await vi.waitFor(() => expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ confirm_brake: true }));
});

it('has nothing to apply when everyone is as the file says', () => {
  serve({ 'GET /imports/r1/rows': { items: [], next: null } });
  const none = run();
  none.counts = { ...none.counts, create: 0, update: 0, deactivate: 0 };
  render(ImportPlan, { run: none, onchanged: vi.fn(), onremap: vi.fn() });
  expect(apply()).toBeDisabled();
});
