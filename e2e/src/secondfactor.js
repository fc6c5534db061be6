// Second factors: a passkey is added and lets in (Chromium's virtual authenticator), an app and its recovery codes, an admin who must have
// one, and the proof before something dangerous. At the width of a desk and of a phone, in light and in dark.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { authenticator, fits, openPage } from './browser.js';
import { startServer } from './server.js';

const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };
const PASSWORD = 'correct lantern mussel';

export const secondFactor = Object.keys(WIDTHS).map((name) => [`people log in by passkeys, apps and recovery codes, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, width) {
  const server = await startServer(program);
  let step = 0;
  const open = [];
  const shot = async (page, name) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}factors-${width}-${String(step + 1).padStart(2, '0')}-${name}-${colorScheme}.png` });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    step += 1;
    await fits(page);
  };
  try {
    const view = await openPage(browser, server.url, WIDTHS[width]);
    open.push(view);
    const { page } = view;
    const it = { server, page, shot: (name) => shot(page, name) };
    await opens(it);
    const key = await authenticator(page);
    await addsAPasskey(it);
    await comesByPasskey(it);
    const { secret, codes } = await addsAnApp(it);
    await comesByApp(it, secret, codes);
    await proves(it, codes[1]);
    await mustHaveOne(it, browser, WIDTHS[width], open, shot);
    await key.detach();
    assert.deepEqual(open.flatMap((one) => [...one.strays, ...one.violations]), []);
  } catch (error) {
    for (const [at, one] of open.entries()) await one.page.screenshot({ path: `${output}factors-failed-${width}-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of open) await one.close();
    await server.stop();
  }
}

/** They are where they wanted to go, and not at a door that says so in its address. */
const arrives = (page) => page.waitForURL((url) => url.pathname === '/groups');

/** The six digits of a secret (RFC 6238), of a step from now. */
function digits(secret, steps = 0) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export async function opens({ server, page }) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Name of your organisation').fill('Northgate');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Your e-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
}

async function addsAPasskey({ server, page, shot }) {
  await page.goto(`${server.url}/me/security`);
  await page.getByText('You have none yet.').waitFor();
  await shot('none-yet');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const dialog = page.getByRole('dialog', { name: 'Keep your recovery codes' });
  await dialog.waitFor();
  assert.equal(await dialog.getByRole('listitem').count(), 10);
  await shot('recovery-codes');
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('Chrome on Linux').first().waitFor();
  await page.getByRole('button', { name: /^Rename/ }).click();
  await page.getByLabel('Name of the passkey').fill('My laptop');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('My laptop').waitFor();
  await shot('a-passkey');
}

async function comesByPasskey({ server, page, shot }) {
  // The passkey was made in this browser: the field of the address offers it, and the device says yes without a press,
  // perhaps before the page has loaded.
  await page.context().clearCookies();
  await page.goto(`${server.url}/login?next=/groups`, { waitUntil: 'commit' });
  await arrives(page);
  await page.context().clearCookies();
  await offersNone(page);
  await page.goto(`${server.url}/login?next=/groups`);
  const button = page.getByRole('button', { name: 'Use a passkey' });
  await button.waitFor();
  await shot('log-in');
  await button.click();
  await arrives(page);
  // And after a password.
  await page.context().clearCookies();
  await offersNone(page);
  await logsIn({ server, page });
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await shot('second-step');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await arrives(page);
  await offersNone(page);
}

/** As in a browser where no passkey was used: the log-in page waits to be told what to do. */
const offersNone = (page) => page.evaluate(() => localStorage.removeItem('passkey'));

/** Out, while no page is open that would go to the log-in page by itself. */
async function leaves({ server, page }) {
  await page.goto('about:blank');
  assert.equal((await page.request.delete(`${server.url}/api/v1/sessions/current`)).status(), 204);
}

async function logsIn({ server, page }) {
  await page.goto(`${server.url}/login?next=/groups`);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

async function addsAnApp({ server, page, shot }) {
  await page.goto(`${server.url}/me/security`);
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  await dialog.getByAltText('QR code for the app').waitFor();
  await shot('an-app');
  await dialog.getByText('Nothing to scan with?').click();
  const secret = await dialog.getByLabel('Key for the app').inputValue();
  await dialog.getByLabel('Six digits').fill('000000');
  await dialog.getByRole('button', { name: 'Set up' }).click();
  await dialog.getByText('Those are not the digits of now').waitFor();
  await dialog.getByLabel('Six digits').fill(digits(secret));
  await dialog.getByRole('button', { name: 'Set up' }).click();
  await page.getByText('The authenticator app is set up.').waitFor();
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  const shown = page.getByRole('dialog', { name: 'Keep your recovery codes' });
  await shown.waitFor();
  const codes = await shown.getByRole('listitem').allInnerTexts();
  await shown.getByRole('button', { name: 'I have kept them' }).click();
  return { secret, codes };
}

async function comesByApp({ server, page, shot }, secret, codes) {
  await page.context().clearCookies();
  await logsIn({ server, page });
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('That code is wrong').waitFor();
  await shot('wrong-code');
  await page.getByLabel('Code').fill(digits(secret, 1));
  await page.getByLabel("Don't ask on this device for 30 days").check();
  await page.getByRole('button', { name: 'Go on' }).click();
  await arrives(page);
  // Remembered: the password is enough here, until it is forgotten.
  await leaves({ server, page });
  await logsIn({ server, page });
  await arrives(page);
  await page.goto(`${server.url}/me/security`);
  await page.getByRole('button', { name: /^Ask again on/ }).click();
  await page.getByText('Where no second factor is asked').waitFor({ state: 'detached' });
  await leaves({ server, page });
  await logsIn({ server, page });
  await page.getByLabel('Code').fill(codes[0].toLowerCase());
  await page.getByRole('button', { name: 'Go on' }).click();
  await arrives(page);
  await page.goto(`${server.url}/me/security`);
  await page.getByText('9 codes left.').waitFor();
  await shot('nine-left');
}

/** Lets a quarter of an hour pass since everybody showed who they are. */
function age(server) {
  const sql = 'UPDATE sessions SET proved_at = COALESCE(proved_at, created_at) - 1000 * 60 * 16';
  execFileSync('python3', ['-c', 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1], timeout=20); d.execute(sys.argv[2]); d.commit()', `${server.data}/guildhall.db`, sql]);
}

async function proves({ server, page, shot }, recovery) {
  age(server);
  await page.goto(`${server.url}/admin/settings`);
  const asked = page.getByRole('dialog', { name: 'Is it you?' });
  await page.getByText('Admins', { exact: true }).click();
  await page.getByLabel('They may put it off for').fill('0');
  await page.getByRole('button', { name: /^Save/ }).click();
  await asked.getByLabel('Code').waitFor();
  assert.equal(await asked.getByLabel('Your password').count(), 0, 'whoever has a second factor shows that');
  await shot('proof');
  await asked.getByLabel('Code').fill('000000');
  await asked.getByRole('button', { name: 'It is me' }).click();
  await asked.getByText('That code is wrong').waitFor();
  await asked.getByLabel('Code').fill(recovery);
  await asked.getByRole('button', { name: 'It is me' }).click();
  await page.getByText('The settings are saved.').waitFor();
  await shot('policy');
  // By a passkey, too.
  age(server);
  await page.goto(`${server.url}/me/security`);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await asked.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('dialog', { name: 'Keep your recovery codes' }).getByRole('button', { name: 'I have kept them' }).click();
}

/** Another admin, who has nothing yet, is led to set an app up; and loses it. */
async function mustHaveOne({ server, page }, browser, viewport, open, shot) {
  const made = await page.request.post(`${server.url}/api/v1/people`, { data: { display_name: 'Bo Berg', email: 'bo@example.com', invite: true } });
  assert.equal(made.status(), 201);
  const { id } = await made.json();
  assert.equal((await page.request.put(`${server.url}/api/v1/people/${id}/role`, { data: { role: 'system_admin' } })).status(), 200);
  const outbox = await (await page.request.get(`${server.url}/api/v1/outbox`)).json();
  const letter = outbox.items.find((one) => one.kind === 'invitation' && one.recipient === 'bo@example.com');
  const { links } = await (await page.request.get(`${server.url}/api/v1/outbox/${letter.id}`)).json();
  const bo = await openPage(browser, server.url, viewport);
  open.push(bo);
  await bo.page.goto(server.url + new URL(links[0]).pathname);
  await bo.page.getByLabel('Password').fill('violet harbour engine moss');
  await bo.page.getByLabel(/I agree/).check();
  await bo.page.getByRole('button', { name: /Claim|account/ }).first().click();
  await bo.page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
  await shot(bo.page, 'must-set-up');
  assert.equal(await bo.page.getByRole('button', { name: /^Later/ }).count(), 0);
  await bo.page.goto(`${server.url}/home`);
  await bo.page.waitForURL('**/login?next=*');
  await bo.page.goto(`${server.url}/second`);
  const secret = await bo.page.locator('.key').innerText();
  await bo.page.getByLabel('Six digits').fill(digits(secret));
  await bo.page.getByRole('button', { name: 'Set up the app' }).click();
  await bo.page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
  await shot(bo.page, 'codes-at-the-door');
  await bo.page.getByRole('link', { name: 'I have kept them: go on' }).click();
  await bo.page.waitForURL('**/home');
  // The phone is lost: an admin takes the second factor away.
  await page.goto(`${server.url}/admin/people/${id}?tab=sessions`);
  await page.getByText('Authenticator app').waitFor();
  await shot(page, 'seen-by-an-admin');
  await page.getByRole('button', { name: 'Remove second factor' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove second factor' }).click();
  await page.getByText('None is set up.').waitFor();
}
