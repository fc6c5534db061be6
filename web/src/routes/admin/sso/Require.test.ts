import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { serve, signIn } from '../../../test/world';
import ConfirmDialog from '$lib/ui/ConfirmDialog.svelte';
import Require from './Require.svelte';

afterEach(cleanup);

const admin = (id: string, name: string, strong: boolean, chosen = strong) => ({ id, name, governed: false, chosen, strong, keeps_way: strong });
const off = { reach: 'off', domains: [], groups: [], break_glass: ['a', 'b'], admins: [admin('a', 'Ada', true), admin('b', 'Bo', true), admin('c', 'Cy', false)], kept: 2, changed_at: null };
const domains = { items: [{ id: 'd', name: 'northgate.example', state: 'verified' }], address: null };

function open(requirement: object, preview: object = { locked_out: 0, counts: {}, admins: [], kept: 2 }) {
  signIn(['workplace.manage', 'roles.manage']);
  const asked = serve({
    'GET /sso/requirement': requirement, 'GET /domains': domains, 'GET /groups': { items: [], next: null }, 'POST /sso/requirement/preview': preview,
    'PUT /sso/requirement': (a: { body: unknown }) => ({ ...off, ...(a.body as object), groups: [] }),
    'POST /sso/requirement/people': { items: [{ id: 'p', name: 'Pia', email: 'pia@elsewhere.example', state: 'claimed', kind: 'domain_not_verified' }], next: null },
  });
  render(Require);
  render(ConfirmDialog);
  return asked;
}

test('it is looked first whom it would lock out, and that many are said yes to', async () => {
  const asked = open(off, { locked_out: 2, counts: { domain_not_verified: 2, ready: 40, no_email: 1 }, admins: [], kept: 2 });
  await fireEvent.click(await screen.findByRole('radio', { name: /^Everyone/ }));
  await fireEvent.click(screen.getByRole('button', { name: 'Look' }));
  expect(await screen.findByText('Their domain is not verified')).toBeInTheDocument();
  expect(screen.getByText('40 people')).toBeInTheDocument();
  await fireEvent.click(screen.getAllByRole('button', { name: 'Who' })[0] as HTMLElement);
  expect(await screen.findByText('Pia')).toBeInTheDocument();
  await fireEvent.click(screen.getByRole('button', { name: 'Require single sign-on' }));
  await fireEvent.click(await screen.findByRole('button', { name: 'Lock 2 people out' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ reach: 'everyone', domains: [], groups: [], break_glass: ['a', 'b'], locked_out: 2 }));
});

test('one domain is a step, and who keeps a way in is chosen', async () => {
  const asked = open(off);
  await fireEvent.click(await screen.findByRole('radio', { name: /^Some domains/ }));
  await fireEvent.click(await screen.findByLabelText('northgate.example'));
  await fireEvent.click(screen.getByLabelText(/^Bo/));
  await fireEvent.click(screen.getByRole('button', { name: 'Require single sign-on' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ reach: 'domains', domains: ['northgate.example'], groups: [], break_glass: ['a'], locked_out: 0 }));
});

test('too few who keep a way in is said in red', async () => {
  open({ ...off, reach: 'everyone', kept: 1, admins: [admin('a', 'Ada', true)] });
  expect(await screen.findByText('Too few system admins keep a way in')).toBeInTheDocument();
  expect(screen.getByText(/only one system admin: give the role/)).toBeInTheDocument();
});
