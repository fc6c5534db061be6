// Single sign-on is required, step by step: whom it would keep out is looked at, one group begins, and its people are led to their
// provider. At the width of a desk and of a phone, in light and dark.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startDns } from './dns.js';
import { startIdp } from './idp.js';
import { startServer } from './server.js';
import { opens } from './singlesignon.js';

const LOOKS = { desk: [{ width: 1280, height: 860 }, 'light'], phone: [{ width: 360, height: 740 }, 'dark'] };
const PASSWORD = 'correct lantern mussel';

export const requireSso = Object.keys(LOOKS).map((name) => [`single sign-on is required step by step, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, look) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const dns = keep(await startDns('nordlicht.example'));
    const idp = keep(await startIdp());
    const server = keep(await startServer(program, { GUILDHALL_DNS_RESOLVER: dns.address }));
    const [size, scheme] = LOOKS[look];
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}require-${look}-${String(++step).padStart(2, '0')}-${name}.png` });
    const view = async () => {
      const opened = await openPage(browser, server.url, size);
      keep({ stop: opened.close });
      await opened.page.emulateMedia({ colorScheme: scheme });
      return opened;
    };
    const admin = await view();
    const { page } = admin;
    await opens({ server, dns }, page);
    const people = await prepares({ server, idp }, page);
    await looks({ server, shot }, page);
    await begins({ server, shot }, page);
    const own = await view();
    await isLed({ server, idp, shot }, own.page);
    await again({ server, shot }, page, own.page);
    await leaves({ server, idp, shot }, page, own.page);
    assert.equal(people.length, 3);
    for (const stray of admin.strays) assert.ok(stray.startsWith(idp.url), stray);
    assert.deepEqual([...admin.violations, ...own.violations], []);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}require-failed-${at + 1}-${context.pages().indexOf(page) + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

const caller = (server, page) => async (method, path, data) => {
  const answer = await page.request.fetch(`${server.url}/api/v1/${path}`, { method, data, headers: { origin: server.url } });
  assert.ok(answer.ok(), `${path}: ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
};

/** A provider that is on, three people, a group with one of them, and a second system admin. */
async function prepares({ server, idp }, page) {
  const api = caller(server, page);
  const made = await api('POST', 'sso/providers', { name: 'Nordlicht IdP' });
  await api('PATCH', `sso/providers/${made.id}`, { metadata: idp.metadata, domains: ['nordlicht.example'] });
  idp.is = 'ada@nordlicht.example';
  await page.goto(made.test_url);
  await page.getByRole('heading', { name: 'It works' }).waitFor();
  await api('PATCH', `sso/providers/${made.id}`, { on: true });
  const people = [];
  for (const [name, email, login_method] of [['Bo Bold', 'bo@nordlicht.example', 'both'], ['Pia Proper', 'pia@nordlicht.example', 'password'], ['Eve Elsewhere', 'eve@elsewhere.example', 'both']]) {
    people.push(await api('POST', 'people', { display_name: name, email, login_method, invite: true }));
  }
  const group = await api('POST', 'groups', { name: 'First of all', kind: 'teams', privacy: 'open' });
  await api('POST', `groups/${group.id}/members`, { ids: [people[0].id] });
  return people;
}

async function looks({ server, shot }, page) {
  await page.goto(`${server.url}/admin/sso`);
  await page.getByRole('link', { name: 'Require single sign-on' }).click();
  await page.getByRole('heading', { name: 'Require single sign-on', level: 1 }).waitFor();
  await page.getByText('There is only one system admin').waitFor();
  await fits(page);
  await shot(page, 'off');
  await page.getByRole('radio', { name: /^Everyone/ }).check();
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await page.getByText('1 person could not log in any more').waitFor();
  await page.getByText('Their domain is not verified').waitFor();
  await page.getByRole('button', { name: 'Who' }).first().click();
  await page.getByText('eve@elsewhere.example').waitFor();
  await fits(page);
  await shot(page, 'preview');
  // Nobody could come in if the provider failed: it is not switched on, and what to do is said.
  await page.getByRole('button', { name: 'Require single sign-on' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lock 1 person out' }).click();
  await page.getByText('set up a passkey, or a password with a second factor').waitFor();
  await shot(page, 'refused');
}

/** A group in which no system admin is; a second one takes their account by a password. */
async function begins({ server, shot }, page) {
  const api = caller(server, page);
  const cleo = await api('POST', 'people', { display_name: 'Cleo Clear', email: 'cleo@nordlicht.example', invite: true });
  const letters = await api('GET', 'outbox');
  const letter = await api('GET', `outbox/${letters.items[0].id}`);
  const claimed = await fetch(`${server.url}/api/v1/claims/${letter.links[0].split('/claim/')[1]}`, { method: 'POST', headers: { origin: server.url, 'content-type': 'application/json' }, body: JSON.stringify({ password: PASSWORD, accept_terms: true }) });
  assert.equal(claimed.status, 201, await claimed.text());
  await api('PUT', `people/${cleo.id}/role`, { role: 'system_admin' });
  await page.reload();
  await page.getByRole('radio', { name: /^Some groups/ }).check();
  await page.getByLabel(/First of all/).check();
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await page.getByText('Everybody could log in').waitFor();
  await page.getByText('Have not come by single sign-on yet').waitFor();
  await fits(page);
  await shot(page, 'one-group');
  await page.getByRole('button', { name: 'Require single sign-on' }).click();
  await page.getByText('Single sign-on is required.').waitFor();
  await page.getByText('Some groups', { exact: true }).first().waitFor();
}

async function isLed({ server, idp, shot }, page) {
  idp.is = 'bo@nordlicht.example';
  await page.goto(`${server.url}/login`);
  await page.getByLabel(/E-mail/).fill('bo@nordlicht.example');
  await page.getByRole('button', { name: 'Log in with single sign-on' }).click();
  await page.getByLabel(/I agree/).check();
  await page.getByRole('button', { name: 'Take your account' }).click();
  await page.waitForURL('**/home');
  await shot(page, 'in');
}

/** Everybody logs in again, now: the open page of somebody who is in goes to the log-in page, which says why. */
async function again({ server, shot }, page, own) {
  await page.goto(`${server.url}/admin/settings`);
  const often = page.getByLabel('People log in again');
  await often.selectOption('3');
  await fits(page);
  await often.scrollIntoViewIfNeeded();
  await shot(page, 'settings');
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.getByText('The settings are saved.').waitFor();
  await page.getByRole('button', { name: 'Log everybody out' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('2 sessions of 2 people').waitFor();
  await shot(page, 'everybody');
  await dialog.getByRole('button', { name: 'Log 2 people out' }).click();
  await own.waitForURL('**/login**');
  await own.getByText('asks everybody to log in again').waitFor();
  await fits(own);
  await shot(own, 'why');
}

/** Whoever logs out here is led to the provider, where that is wanted. */
async function leaves({ server, idp, shot }, page, own) {
  const api = caller(server, page);
  const provider = (await api('GET', 'sso/providers')).items[0];
  const metadata = idp.metadata.replace('<SingleSignOnService', `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${idp.url}/slo"/><SingleSignOnService`);
  await api('PATCH', `sso/providers/${provider.id}`, { metadata, settings: { ...provider.settings, ends_there: true, weak_until: new Date(Date.now() + 20 * 86_400_000).toISOString() } });
  await own.getByLabel(/E-mail/).fill('bo@nordlicht.example');
  await own.getByRole('button', { name: 'Log in with single sign-on' }).click();
  await own.waitForURL('**/home');
  await own.goto(`${server.url}/logout`);
  await fits(own);
  await shot(own, 'log-out');
  await own.getByRole('button', { name: 'Log out' }).click();
  await own.waitForURL(`${idp.url}/slo?**`);
  assert.ok(own.url().includes('SAMLRequest='));
  await page.goto(`${server.url}/admin/sso/${provider.id}`);
  await page.getByText('Weak algorithms are accepted').waitFor();
  await fits(page);
  await shot(page, 'weak');
}
