// An admin on a phone imports a file whose headings say nothing, errs, is stopped by the brake, and takes it back.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const HEADINGS = 'Wer,Anschrift (digital),Was er tut,Wo,Lieblingsfarbe';

async function upload({ page, server }, name, lines, mode) {
  const file = join(server.data, name);
  await writeFile(file, lines.join('\n'));
  await page.goto(`${server.url}/admin/import`);
  if (mode) await page.getByLabel(mode).check();
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: /^(Make|Apply) the plan$/ }).waitFor();
}

/** Agrees in the dialog that is open. */
async function agree(page, word) {
  await page.getByRole('dialog').getByRole('button', { name: word }).last().click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function apply(page) {
  await page.getByRole('button', { name: 'Apply the plan' }).click();
  await agree(page, 'Apply');
  await page.getByRole('button', { name: 'Undo this run' }).waitFor();
}

async function importOnAPhone(it) {
  const { page, server, shot } = it;
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${server.url}/login`);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill('correct lantern mussel');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/home');
  const states = async () => (await page.request.get(`${server.url}/api/v1/people?limit=200`)).json().then(({ items }) => Object.fromEntries(items.map((p) => [p.email, p.state])));
  const before = await states();

  const rows = Array.from({ length: 30 }, (_, n) => `Mensch ${n + 1},m${n + 1}@example.com,Fräser,Werk ${n % 3},blau`);
  await upload(it, 'odd.csv', [HEADINGS, ...rows, 'Ohne Adresse,,Fräser,Werk 1,rot']);
  const set = (heading, field) => page.getByLabel(`What “${heading}” is`).selectOption(field);
  const plan = page.getByRole('button', { name: 'Make the plan' });
  await set('Wer', 'display_name');
  await set('Wo', 'email');
  await set('Anschrift (digital)', 'email');
  await page.getByText('Chosen twice').first().waitFor();
  assert.equal(await plan.isDisabled(), true);
  await set('Anschrift (digital)', 'location');
  await shot('walk-wrong-columns');
  await plan.click();
  await page.getByText('No row of this file can be used. Are the columns right?').waitFor();
  await page.getByRole('button', { name: 'Change the columns' }).click();
  await set('Wo', 'location');
  await set('Anschrift (digital)', 'email');
  await plan.click();
  await apply(page);
  await page.getByRole('button', { name: /Ohne Adresse/ }).waitFor();
  await shot('walk-applied');

  await page.goto(`${server.url}/admin/people?q=mensch`);
  await page.getByLabel('Select all rows shown').check();
  const bar = page.getByRole('region', { name: 'Selected people' });
  await bar.getByText('30 selected').waitFor();
  await bar.getByRole('button', { name: 'Invite' }).click();
  await agree(page, 'Invite 30 people');
  await page.getByText('30 invited.').waitFor();
  await page.getByLabel('Select Mensch 1', { exact: true }).check();
  await bar.getByRole('button', { name: 'Deactivate' }).click();
  await agree(page, 'Deactivate');
  await page.getByText('1 deactivated.').waitFor();
  const invited = await states();
  assert.deepEqual([invited['m1@example.com'], invited['m2@example.com']], ['deactivated', 'invited']);

  await upload(it, 'short.csv', ['Email,Display name', 'ada@example.com,Ada Lovelace', 'm3@example.com,Mensch 3'], /Full list/);
  await page.getByRole('heading', { name: 'The brake is on' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Apply the plan' }).isDisabled(), true);
  await shot('walk-brake');
  await page.getByLabel(/^Yes, all/).check();
  await apply(page);
  assert.equal((await states())['m2@example.com'], 'deactivated');
  await page.getByRole('button', { name: 'Undo this run' }).click();
  await agree(page, 'Undo');
  await page.getByText('This run was undone').waitFor();
  assert.deepEqual(await states(), invited);
  for (const [email, state] of Object.entries(before)) assert.equal(invited[email], state, email);
}

export const walks = [['on a phone: wrong columns are mended, the brake stops a short file, and undo puts everyone back', importOnAPhone]];
