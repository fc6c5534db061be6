import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { confirmation } from '$lib/state/confirm.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { person, Refusal, serve, signIn } from '../../../test/world';
import PersonActions from './PersonActions.svelte';

beforeEach(() => {
  signIn(['people.deactivate', 'people.invite']);
  toasts.list = [];
});
const open = () => fireEvent.click(screen.getByRole('button', { name: 'More actions' }));

it('offers only what is possible now', async () => {
  render(PersonActions, { person: person({ actions: ['unclaim', 'deactivate'] }), ondone: vi.fn() });
  await open();
  expect((await screen.findAllByRole('menuitem', { hidden: true })).map((i) => i.textContent?.trim())).toEqual(['Set to unclaimed', 'Deactivate']);
});

it('says what deactivating does, and offers to undo it', async () => {
  serve({ 'POST /people/p1/deactivate': person({ state: 'deactivated' }) });
  const ondone = vi.fn();
  render(PersonActions, { person: person({ actions: ['deactivate'] }), ondone });
  await open();
  await fireEvent.click(await screen.findByRole('menuitem', { name: 'Deactivate', hidden: true }));
  expect(confirmation.question?.consequences.join(' ')).toContain('3 people who report to them');
  confirmation.answer(true);
  await vi.waitFor(() => expect(ondone).toHaveBeenCalled());
  expect(toasts.list[0]?.action?.label).toBe('Undo');
});

it('shows the server’s sentence when it refuses', async () => {
  serve({ 'POST /people/p1/deactivate': new Refusal(409, { code: 'last_admin', detail: 'This is the last system admin. Name another one first.' }) });
  render(PersonActions, { person: person({ actions: ['deactivate'] }), ondone: vi.fn() });
  await open();
  await fireEvent.click(await screen.findByRole('menuitem', { name: 'Deactivate', hidden: true }));
  confirmation.answer(true);
  await vi.waitFor(() => expect(toasts.list[0]?.text).toBe('This is the last system admin. Name another one first.'));
});
