import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { Refusal, serve, signIn } from '../../../test/world';
import ProviderPage from './ProviderPage.svelte';

afterEach(cleanup);

const provider = {
  id: 'p', name: 'Okta', protocol: 'saml', on: false, connection: null, oidc: null, draft: null, domains: [],
  ours: { entity_id: 'https://hall/e', acs_url: 'https://hall/acs', log_out_url: 'https://hall/slo', redirect_url: 'https://hall/callback', back_channel_url: 'https://hall/back', begin_url: 'https://hall/start', after_log_out_url: 'https://hall/login' },
  settings: { unasked: false, makes_accounts: false, force: false, ends_there: false, weak_until: null, unverified: false, address: null, name_id_format: null, mapping: {} }, metadata_url: null, metadata_at: null, metadata_problem: null, ends_at: null, tested_at: null, test: null,
  test_url: 'https://hall/test', created_at: '2026-01-01T00:00:00Z',
};
const connection = { entity_id: 'urn:okta', sign_on_url: 'https://okta.example/sso', sign_on_binding: 'redirect', log_out_url: null, certificates: [] };
const domains = { items: [{ id: 'd', name: 'northgate.example', state: 'verified' }, { id: 'e', name: 'new.example', state: 'pending' }], address: null };

function open(part: object, edit: unknown = provider) {
  signIn(['workplace.manage']);
  const asked = serve({ 'GET /sso/providers/p': { ...provider, ...part }, 'GET /domains': domains, 'PATCH /sso/providers/p': edit });
  render(ProviderPage, { id: 'p' });
  return asked;
}

test('what is missing is said, and it is not switched on before a test went well', async () => {
  const asked = open({});
  expect(await screen.findByText('Not connected yet')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Switch on' })).toBeDisabled();
  expect(screen.getAllByText('https://hall/acs').length).toBeGreaterThan(0);
  // Only what is verified can be chosen.
  expect(screen.queryByLabelText('new.example')).toBeNull();
  await fireEvent.click(await screen.findByLabelText('northgate.example'));
  await waitFor(() => expect(asked.find((a) => a.method === 'PATCH')?.body).toEqual({ domains: ['northgate.example'] }));
});

test('what is wrong with the metadata is said beside them', async () => {
  open({}, new Refusal(422, { code: 'invalid', detail: 'No.', errors: [{ field: 'metadata_url', message: 'That site does not answer.' }] }));
  await fireEvent.input(await screen.findByLabelText('Address of the metadata'), { target: { value: 'https://okta.example/metadata' } });
  await fireEvent.submit(screen.getByRole('button', { name: 'Connect' }).closest('form') as HTMLFormElement);
  expect(await screen.findByText('That site does not answer.')).toBeInTheDocument();
});

test('after a test it shows what came and can be switched on', async () => {
  const report = { at: '2026-01-01T00:00:00Z', works: true, code: null, said: 'This person would be logged in.', name_id: 'ada@northgate.example', address: 'ada@northgate.example', attributes: { groups: ['one', 'two'] }, account: 'Ada', changes: { title: 'Engineer' } };
  const asked = open({ connection, domains: ['northgate.example'], tested_at: '2026-01-01T00:00:00Z', test: report });
  expect(await screen.findByText('This person would be logged in.')).toBeInTheDocument();
  expect(screen.getByText('Job title: Engineer')).toBeInTheDocument();
  expect(screen.getByText('one, two')).toBeInTheDocument();
  await fireEvent.click(screen.getByRole('button', { name: 'Switch on' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'PATCH')?.body).toEqual({ on: true }));
});

test('what is being prepared is told beside what is in force, and can be given up', async () => {
  const report = { at: '2026-01-02T00:00:00Z', works: false, code: 'audience', said: 'It names another audience.', name_id: null, address: null, attributes: {}, account: null, changes: {} };
  const draft = { connection: { ...connection, sign_on_url: 'https://okta.example/new' }, oidc: null, metadata_url: null, address: 'mail', at: '2026-01-02T00:00:00Z', test: report };
  const asked = open({ on: true, connection, domains: ['northgate.example'], tested_at: '2026-01-01T00:00:00Z', draft });
  expect(await screen.findByText('A change is being prepared')).toBeInTheDocument();
  expect(screen.getByText(/okta.example\/new.*the address is in mail/)).toBeInTheDocument();
  expect(screen.getByText('https://okta.example/sso')).toBeInTheDocument();
  expect(screen.getByText('It names another audience.')).toBeInTheDocument();
  await fireEvent.click(screen.getByRole('button', { name: 'Give it up' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'PATCH')?.body).toEqual({ discard_draft: true }));
});

test('an OpenID provider is connected by issuer, client and secret, which is not asked for again', async () => {
  const first = open({ protocol: 'oidc' });
  expect((await screen.findAllByText('https://hall/callback')).length).toBeGreaterThan(0);
  await fireEvent.input(screen.getByLabelText('Issuer'), { target: { value: 'https://hall.okta.example' } });
  await fireEvent.input(screen.getByLabelText('Client id'), { target: { value: 'hall' } });
  await fireEvent.input(screen.getByLabelText('Client secret'), { target: { value: 's3cret' } });
  await fireEvent.submit(screen.getByRole('button', { name: 'Connect' }).closest('form') as HTMLFormElement);
  const given = { issuer: 'https://hall.okta.example', client_id: 'hall', client_secret: 's3cret', authentication: null };
  await waitFor(() => expect(first.find((a) => a.method === 'PATCH')?.body).toEqual({ oidc: given }));
  cleanup();

  const oidc = { issuer: 'https://hall.okta.example', client_id: 'hall', authentication: 'client_secret_basic', secret_at: '2026-01-01T00:00:00Z', authorization_url: 'https://hall.okta.example/auth', token_url: '', user_info_url: null, keys_url: '', end_session_url: null, tells_who_left: true };
  const again = open({ protocol: 'oidc', oidc, domains: ['northgate.example'] });
  expect(await screen.findByText('it can tell us who left there')).toBeInTheDocument();
  expect(screen.getByLabelText(/An address counts also/)).not.toBeChecked();
  expect(screen.queryByLabelText(/begin at the identity provider/)).toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Change it, or give a new secret' }));
  expect(screen.getByLabelText('Client secret')).not.toBeRequired();
  await fireEvent.submit(screen.getByRole('button', { name: 'Connect' }).closest('form') as HTMLFormElement);
  await waitFor(() => expect(again.find((a) => a.method === 'PATCH')?.body).toEqual({ oidc: { ...given, client_secret: null } }));
});
