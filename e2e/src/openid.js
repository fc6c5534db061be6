// Single sign-on by OpenID Connect, from the empty screen to a log-in and out again, with two providers that really run: one that is certified, set up
// by hand at the width of a desk and of a phone; and one that lies.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startDns } from './dns.js';
import { startAuthority, startMock, startOidcProvider } from './providers.js';
import { startServer } from './server.js';
import { opens } from './singlesignon.js';

const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };
const person = (name, verified = true) => ({ email: `${name}@nordlicht.example`, email_verified: verified, name, given_name: name, family_name: 'Bold' });

/** What the pages of oidc-provider ask for, and ours never. */
const FONTS = 'https://fonts.googleapis.com/';

export const openId = [
  ...Object.keys(WIDTHS).map((name) => [`people log in by OpenID Connect and out again, on a ${name}`, (it) => withAll(it, `oidc-${name}`, WIDTHS[name], story)]),
  ['an OpenID provider that lies, is down or has new keys', (it) => withAll(it, 'oidc-lies', WIDTHS.desk, lies)],
];

async function withAll({ program, browser, output }, title, size, story) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const dns = keep(await startDns('nordlicht.example'));
    const authority = keep(await startAuthority());
    const server = keep(await startServer(program, { GUILDHALL_DNS_RESOLVER: dns.address, ...authority.settings }));
    let step = 0;
    const shot = async (page, name) => {
      const path = (theme) => `${output}${title}-${String(step).padStart(2, '0')}-${name}${theme}.png`;
      step += 1;
      await page.screenshot({ animations: 'disabled', fullPage: true, path: path('') });
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.screenshot({ animations: 'disabled', fullPage: true, path: path('-dark') });
      await page.emulateMedia({ colorScheme: 'light' });
    };
    const view = async () => {
      const opened = await openPage(browser, server.url, size, { ignoreHTTPSErrors: true });
      await opened.page.context().route(`${FONTS}**`, (route) => route.abort());
      keep({ stop: opened.close });
      return opened;
    };
    const admin = await view();
    const api = async (method, path, data) => {
      const answer = await admin.page.request.fetch(`${server.url}/api/v1/${path}`, { method, data, headers: { origin: server.url } });
      assert.ok(answer.ok(), `${path}: ${await answer.text()}`);
      return answer.status() === 204 ? null : answer.json();
    };
    await opens({ server, dns }, admin.page);
    await story({ server, authority, keep, shot, view, api, admin });
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}${title}-failed-${at + 1}-${context.pages().indexOf(page) + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

const asks = async (page, server, email) => {
  await page.goto(`${server.url}/login`);
  await page.getByLabel(/E-mail/).fill(email);
  await page.getByRole('button', { name: 'Log in with single sign-on' }).click();
};
/** As oidc-provider asks: a name, any password, and whether the application may know. */
const says = async (page, name) => {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
};
const isIn = (page, server) => page.request.get(`${server.url}/api/v1/me`).then((answer) => answer.status() === 200);

async function story(it) {
  const { server, authority, keep, shot, view, api, admin } = it;
  const people = { ada: person('ada'), bo: person('bo'), cy: person('cy', false), eve: person('eve') };
  const op = keep(await startOidcProvider(authority, people));
  await connects(it, op, admin.page);
  await tests(it, admin.page);
  await api('POST', 'people', { display_name: 'Bo Bold', email: 'bo@nordlicht.example', invite: true });

  const { page, violations, strays } = await view();
  await asks(page, server, 'bo@nordlicht.example');
  await says(page, 'bo');
  await page.getByRole('heading', { name: 'Welcome to Nordlicht Werke' }).waitFor();
  await fits(page);
  await page.getByLabel(/I agree/).check();
  await page.getByRole('button', { name: 'Take your account' }).click();
  await page.waitForURL('**/home');
  // Back by whoever is still in there: nothing more is asked.
  await page.request.delete(`${server.url}/api/v1/sessions/current`, { headers: { origin: server.url } });
  await asks(page, server, 'bo@nordlicht.example');
  await page.waitForURL('**/home');
  // Leaving there: this one is out here at once.
  assert.ok(await isIn(page, server));
  await page.goto(`${op.url}/session/end`);
  await page.getByRole('button', { name: /Yes, sign me out/ }).click();
  await page.getByText(/Sign-out Success/i).waitFor();
  assert.ok(!(await isIn(page, server)), 'who left there is out here');
  // Other keys in the middle of it all.
  op.rotate();
  await asks(page, server, 'bo@nordlicht.example');
  await says(page, 'bo');
  await page.waitForURL('**/home');
  // Leaving here, with leaving there.
  await admin.page.getByLabel(/Log people out there, too/).check();
  await admin.page.getByRole('button', { name: 'Save', exact: true }).click();
  await admin.page.getByText('Saved.').first().waitFor();
  await page.request.delete(`${server.url}/api/v1/sessions/current`, { headers: { origin: server.url } });
  await asks(page, server, 'bo@nordlicht.example');
  await page.waitForURL('**/home');
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  const own = page.getByRole('button', { name: /Bo Bold/ });
  await menu.or(own).filter({ visible: true }).first().waitFor();
  if (await menu.isVisible()) await menu.click();
  await own.filter({ visible: true }).last().click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(`${op.url}/**`);
  await page.getByRole('button', { name: /Yes, sign me out/ }).click();
  await page.waitForURL(`${server.url}/login`);
  assert.ok(!(await isIn(page, server)));
  // Who is not invited stays out, and admins read why.
  await asks(page, server, 'eve@nordlicht.example');
  await says(page, 'eve');
  await page.getByText('Ask an admin of your workplace to invite you').waitFor();
  await fits(page);
  await shot(page, 'not-in');
  await admin.page.goto(`${server.url}/admin/sign-ins`);
  await admin.page.getByRole('button', { name: /eve@nordlicht.example/ }).first().click();
  await admin.page.getByRole('dialog').getByText('Single sign-on (OpenID)').waitFor();
  await shot(admin.page, 'log-ins');
  for (const stray of [...strays, ...admin.strays]) assert.ok(stray.startsWith(op.url) || stray.startsWith(FONTS), stray);
  assert.deepEqual([...admin.violations, ...violations.filter((text) => !text.includes(op.url))], []);
}

async function connects({ server, shot, api }, op, page) {
  await page.goto(`${server.url}/admin/sso`);
  await page.getByRole('button', { name: 'Add an identity provider' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('OpenID Connect').click();
  await dialog.getByLabel('Which one').selectOption({ label: 'Keycloak' });
  await fits(page);
  await shot(page, 'dialog');
  await dialog.getByLabel('Name').fill('Nordlicht OP');
  await dialog.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { name: 'Nordlicht OP', level: 1 }).waitFor();
  const { items } = await api('GET', 'sso/providers');
  op.know(items[0].ours);
  await page.getByText(items[0].ours.redirect_url).first().waitFor();
  await fits(page);
  await shot(page, 'begun');
  const form = async (issuer, secret) => {
    await page.getByLabel('Issuer').fill(issuer);
    await page.getByLabel('Client id').fill('hall');
    await page.getByLabel('Client secret', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Connect' }).click();
  };
  // A wrong address, and one inside the house that nobody allowed.
  await form(`${op.url}/realms/none`, op.secret);
  await page.getByText(/404/).first().waitFor();
  await form('https://10.0.0.1', op.secret);
  await page.getByText('is not public').first().waitFor();
  await fits(page);
  await shot(page, 'wrong-issuer');
  await form(op.url, 'not-the-secret');
  await page.getByText('it can tell us who left there').waitFor();
  await page.getByLabel('nordlicht.example').check();
  await page.getByText('Not tested yet').waitFor();
  await fits(page);
  await shot(page, 'connected');
}

async function tests({ shot }, page) {
  const run = async (name) => {
    const [window] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Run the test' }).click()]);
    await says(window, name);
    await window.getByRole('heading', { level: 1, name: /It (works|does not work yet)/ }).waitFor();
    await fits(window);
    return window;
  };
  const wrong = await run('ada');
  await wrong.getByText('client secret is not right').waitFor();
  await wrong.close();
  await page.getByRole('button', { name: 'Change it, or give a new secret' }).click();
  await page.getByLabel('Client secret', { exact: true }).fill('of-the-house-0123456789');
  await shot(page, 'new-secret');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Not tested yet').waitFor();
  await page.context().clearCookies({ domain: '127.0.0.1' });
  const unverified = await run('cy');
  await unverified.getByText('is not verified').first().waitFor();
  await shot(unverified, 'test-failed');
  await unverified.close();
  await page.context().clearCookies({ domain: '127.0.0.1' });
  const right = await run('ada');
  await right.getByRole('heading', { name: 'It works' }).waitFor();
  await right.getByText('Ada Lovelace').waitFor();
  await shot(right, 'test');
  await right.close();
  await page.reload();
  await page.getByText('This person would be logged in.').waitFor();
  await fits(page);
  await shot(page, 'tested');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('People can log in by Nordlicht OP now.').waitFor();
}

/** The same by a provider of other authors, as a public client; what admins do is done over the API. */
async function lies({ server, authority, keep, view, api, admin }) {
  const op = keep(await startMock(authority));
  const made = await api('POST', 'sso/providers', { name: 'Mock', protocol: 'oidc' });
  const path = `sso/providers/${made.id}`;
  await api('PATCH', path, { oidc: { issuer: op.url, client_id: 'hall' }, domains: ['nordlicht.example'] });
  op.is = 'ada@nordlicht.example';
  await admin.page.goto(made.test_url);
  await admin.page.getByRole('heading', { name: 'It works' }).waitFor();
  await api('PATCH', path, { on: true });
  await api('POST', 'people', { display_name: 'Bo Bold', email: 'bo@nordlicht.example', invite: true });
  op.is = 'bo@nordlicht.example';
  const { page } = await view();
  await asks(page, server, 'bo@nordlicht.example');
  await page.getByLabel(/I agree/).check();
  await page.getByRole('button', { name: 'Take your account' }).click();
  await page.waitForURL('**/home');
  const out = () => page.context().clearCookies();
  const now = () => Math.floor(Date.now() / 1000);
  const change = (claims) => (token) => Object.assign(token.payload, claims);
  for (const [says, said, code] of [
    [change({ iss: 'https://127.0.0.1:1' }), 'The token is from "https://127.0.0.1:1"', 'issuer'],
    [change({ nonce: 'another' }), 'answers another question', 'nonce'],
    [change({ aud: 'others' }), 'The token is for "others"', 'audience'],
    [change({ exp: now() - 120, iat: now() - 240 }), 'one of the two clocks is wrong', 'late'],
    [change({ iat: now() + 600, nbf: now() + 600, exp: now() + 1200 }), 'one of the two clocks is wrong', 'early'],
    [change({ email_verified: false }), 'is not verified', 'email_not_verified'],
    [(token) => (token.header.kid = 'made-up'), 'does not publish', 'unknown_key'],
  ]) {
    await out();
    op.says = says;
    await asks(page, server, 'bo@nordlicht.example');
    await page.getByText(said).waitFor();
    assert.ok(!(await isIn(page, server)), code);
    const { items } = await api('GET', 'sign-ins?limit=1');
    assert.equal(items[0].result, code);
  }
  // Clocks a little apart are no matter.
  op.says = change({ iat: now() + 40, nbf: now() + 40 });
  await asks(page, server, 'bo@nordlicht.example');
  await page.waitForURL('**/home');
  op.says = () => undefined;
  // Another key, which nobody was told of: each token is by the next of the two in turn.
  await op.mock.issuer.keys.generate('RS256');
  for (let turn = 0; turn < 2; turn += 1) {
    await out();
    await asks(page, server, 'bo@nordlicht.example');
    await page.waitForURL('**/home');
  }
  // Away while somebody is on the way, and back.
  await out();
  op.leaves();
  await asks(page, server, 'bo@nordlicht.example');
  await page.getByText('could not be asked').waitFor();
  await op.returns();
  await asks(page, server, 'bo@nordlicht.example');
  await page.waitForURL('**/home');
}
