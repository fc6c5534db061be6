// An identity provider brings somebody; an admin takes a field over and gives it back; the person leaves; the proof is read
// and printed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function leaves({ page, server, program, shot }) {
  await page.goto(`${server.url}/login`);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill('correct lantern mussel');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/home');
  const { stdout } = await run(program, ['token', 'create', '--scope', 'scim', '--data', server.data]);
  const scim = async (method, path, data) => {
    const answer = await page.request.fetch(`${server.url}/scim/v2${path}`, { method, data, headers: { authorization: `Bearer ${stdout.trim()}` } });
    assert.ok(answer.ok(), `${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const said = { userName: 'lea@example.com', displayName: 'Lea Leaver', title: 'Welder', emails: [{ value: 'lea@example.com', primary: true }] };
  const { id } = await scim('POST', '/Users', said);

  await page.goto(`${server.url}/admin/people/${id}`);
  const row = page.getByRole('row').filter({ hasText: 'Job title' });
  await row.getByRole('button', { name: 'Take over Job title' }).click();
  await page.getByRole('button', { name: 'Give back Job title' }).waitFor();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Job title').fill('Foreman');
  await page.getByRole('button', { name: 'Save 1 change' }).click();
  await page.getByRole('button', { name: /Use this.*Job title Welder/ }).waitFor();
  await shot('field-taken-over');
  await page.getByRole('button', { name: 'Give back Job title' }).click();
  await page.getByRole('row').filter({ hasText: 'Job title' }).filter({ hasText: 'Welder' }).first().waitFor();

  await scim('PATCH', `/Users/${id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  await page.goto(`${server.url}/admin/leavers`);
  await page.getByRole('link', { name: 'Lea Leaver' }).click();
  await page.getByRole('heading', { name: 'Lea Leaver left' }).waitFor();
  await page.getByText('Identity provider').first().waitFor();
  await page.getByText('No request after it.').waitFor();
  await shot('proof-of-leaving');
  await page.emulateMedia({ media: 'print' });
  await shot('proof-of-leaving-printed');
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /CSV/ }).click()]);
  assert.equal(file.suggestedFilename(), 'proof-of-leaving.csv');

  // By hand is by hand, until it is handed back.
  await scim('PATCH', `/Users/${id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'True' }] });
  await page.goto(`${server.url}/admin/people/${id}`);
  const act = async (name) => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button').last().click();
    await dialog.waitFor({ state: 'hidden' });
  };
  await act('Deactivate');
  await page.getByRole('button', { name: 'Reactivate' }).waitFor();
  await scim('PATCH', `/Users/${id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'True' }] });
  await page.reload();
  await page.getByRole('button', { name: 'Reactivate' }).waitFor();
  await act('Let the sources decide');
  await page.getByRole('button', { name: 'Reactivate' }).waitFor({ state: 'hidden' });
}

export const leaving = [['a field is taken over and given back, and somebody leaves with a proof', leaves]];
