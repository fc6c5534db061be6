import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { serve, signIn } from '../../../test/world';
import ConnectorLog from './ConnectorLog.svelte';

afterEach(cleanup);

const entry = {
  id: 'e', at: '2026-01-01T00:00:00Z', method: 'PATCH', path: '/v2/Groups/g', status: 204, outcome: 'changed', summary: 'Changed Yard.', reason: null, notes: [], account_id: null,
  body: null, body_bytes: 2_411_725, body_gone: false, took_ms: 9, request_id: null,
};

async function open(part: object) {
  signIn(['connectors.manage']);
  const asked = serve({
    'GET /connectors/c/log': { items: [{ ...entry, ...part }], next: null },
    'GET /connectors/c/log/e': { ...entry, body: { members: 'x'.repeat(30_000) } },
    'POST /connectors/c/log/e/plan': { status: 204, outcome: 'unchanged', summary: 'Nothing to do.', notes: [] },
  });
  render(ConnectorLog, { id: 'c' });
  await fireEvent.click(await screen.findByText('Changed Yard.'));
  return asked;
}

test('what is long is shown when it is asked for, as far as a page shows it well, and saved as a file', async () => {
  await open({});
  expect(screen.getByText('What was sent is long (2.3 MB).')).toBeInTheDocument();
  expect(screen.getByText('Save as a file').closest('a')).toHaveAttribute('href', '/api/v1/connectors/c/log/e');
  await fireEvent.click(screen.getByText('Show it'));
  const shown = await screen.findByText(/"members"/);
  expect(shown.textContent).toHaveLength(20_000);
  expect(screen.getByText('This is the beginning of what was sent (2.3 MB).')).toBeInTheDocument();
  await fireEvent.click(screen.getByText('What would it do now?'));
  expect(await screen.findByText('Now it would answer 204')).toBeInTheDocument();
});

test('what gave its room to newer requests is told, and not tried again', async () => {
  await open({ body_gone: true });
  expect(screen.getByText(/What was sent \(2.3 MB\) is not kept any longer/)).toBeInTheDocument();
  expect(screen.queryByText('What would it do now?')).toBeNull();
  expect(screen.queryByText('Show it')).toBeNull();
});
