// Single sign-on, from the empty screen to a log-in, with a real identity provider: set up, tested, switched on; somebody takes their
// account by it, and somebody who does not belong stays out. At the width of a desk and of a phone.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startDns } from './dns.js';
import { startIdp } from './idp.js';
import { startServer } from './server.js';
import { startSimpleSaml } from './simplesaml.js';

const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };

export const singleSignOn = [
  ...Object.keys(WIDTHS).map((name) => [`people log in by an identity provider, on a ${name}`, (it) => story(it, name)]),
  ['a SAML provider that has a new certificate, a wrong clock, or is down', (it) => goesWrong(it)],
  ['by SimpleSAMLphp, which checks our signature, and whoever logs out there is out here', (it) => byAnother(it)],
];

async function story({ program, browser, output }, width) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const dns = keep(await startDns('nordlicht.example'));
    const idp = keep(await startIdp());
    const server = keep(await startServer(program, { GUILDHALL_DNS_RESOLVER: dns.address }));
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}sso-${width}-${String(++step).padStart(2, '0')}-${name}.png` });
    const view = async () => {
      const opened = await openPage(browser, server.url, WIDTHS[width]);
      keep({ stop: opened.close });
      return opened;
    };
    const it = { server, dns, idp, shot, view };
    const admin = await view();
    await opens(it, admin.page);
    await connects(it, admin.page);
    await tests(it, admin.page);
    await comesIn(it, admin.page);
    await staysOut(it, admin.page);
    // The provider is another site, and the only one that is asked.
    for (const stray of admin.strays) assert.ok(stray.startsWith(idp.url), stray);
    assert.deepEqual(admin.violations, []);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}sso-failed-${at + 1}-${context.pages().indexOf(page) + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

export async function opens({ server, dns }, page) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Name of your organisation').fill('Nordlicht Werke');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Your e-mail').fill('ada@nordlicht.example');
  await page.getByLabel('Password').fill('correct lantern mussel');
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  await page.goto(`${server.url}/admin/domains`);
  await page.getByRole('button', { name: 'Add a domain' }).first().click();
  await page.getByRole('dialog').getByLabel('Domain').fill('nordlicht.example');
  await page.getByRole('dialog').getByRole('button', { name: 'Add the domain' }).click();
  const value = page.getByLabel('Value of the TXT record');
  await value.waitFor();
  await dns.setTxt('v=spf1 -all', await value.inputValue());
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Include subdomains').waitFor();
}

async function connects({ server, idp, shot }, page) {
  await page.goto(`${server.url}/admin/sso`);
  await page.getByText('No identity provider yet').waitFor();
  await fits(page);
  await shot(page, 'none-yet');
  await page.getByRole('button', { name: 'Add an identity provider' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Which one').selectOption({ label: 'Another one' });
  await dialog.getByLabel('Name').fill('Nordlicht IdP');
  await dialog.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { name: 'Nordlicht IdP', level: 1 }).waitFor();
  await fits(page);
  await shot(page, 'begun');
  assert.ok(await page.getByRole('button', { name: 'Switch on' }).isDisabled());
  await page.getByText('Its metadata as a file').click();
  const metadata = page.getByLabel('Metadata', { exact: true });
  await metadata.fill('<html/>');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('name no identity provider').first().waitFor();
  await metadata.fill(idp.metadata);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('urn:nordlicht:idp').waitFor();
  await page.getByLabel('nordlicht.example').check();
  await page.getByText('Not tested yet').waitFor();
  await shot(page, 'connected');
}

/** In a window of its own, by the provider's own page. */
async function tests({ idp, shot }, page) {
  idp.is = 'stranger@elsewhere.example';
  const run = async () => {
    const [window] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Run the test' }).click()]);
    await window.getByRole('heading', { level: 1, name: /It (works|does not work yet)/ }).waitFor();
    return window;
  };
  const wrong = await run();
  await wrong.getByText('verified domains').waitFor();
  await fits(wrong);
  await shot(wrong, 'test-failed');
  await wrong.close();
  idp.is = 'ada@nordlicht.example';
  const right = await run();
  await right.getByRole('heading', { name: 'It works' }).waitFor();
  await right.getByText('Ada Lovelace').waitFor();
  await fits(right);
  await shot(right, 'test');
  await right.close();
  await page.reload();
  await page.getByText('This person would be logged in.').waitFor();
  await fits(page);
  await shot(page, 'tested');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('People can log in by Nordlicht IdP now.').waitFor();
}

async function comesIn({ server, idp, shot, view }, page) {
  const made = await page.request.post(`${server.url}/api/v1/people`, { headers: { origin: server.url }, data: { display_name: 'Bo Bold', email: 'bo@nordlicht.example', invite: true } });
  assert.equal(made.status(), 201, await made.text());
  idp.is = 'BO@nordlicht.example';
  const { page: own, violations } = await view();
  await own.goto(`${server.url}/login?next=/people`);
  await own.getByLabel(/E-mail/).fill('bo@nordlicht.example');
  await fits(own);
  await shot(own, 'log-in');
  await own.getByRole('button', { name: 'Log in with single sign-on' }).click();
  await own.getByRole('heading', { name: 'Welcome to Nordlicht Werke' }).waitFor();
  await fits(own);
  await shot(own, 'welcome');
  await own.getByLabel(/I agree/).check();
  await own.getByRole('button', { name: 'Take your account' }).click();
  await own.waitForURL('**/people');
  // Out here, and in again: there is nothing more to click.
  await own.goto(`${server.url}/me/security`);
  await own.getByRole('heading', { name: 'Recent log-ins' }).waitFor();
  await own.getByText('Nordlicht IdP').waitFor();
  await fits(own);
  await shot(own, 'own-log-ins');
  await own.context().clearCookies();
  await own.goto(`${server.url}/login`);
  await own.getByLabel(/E-mail/).fill('bo@nordlicht.example');
  await own.getByRole('button', { name: 'Log in with single sign-on' }).click();
  await own.waitForURL('**/home');
  assert.deepEqual(violations, []);
}

async function staysOut({ server, idp, shot, view }, page) {
  idp.is = 'nobody@nordlicht.example';
  const { page: own } = await view();
  await own.goto(`${server.url}/login`);
  await own.getByLabel(/E-mail/).fill('nobody@nordlicht.example');
  await own.getByRole('button', { name: 'Log in with single sign-on' }).click();
  await own.getByText('Ask an admin of your workplace to invite you').waitFor();
  await fits(own);
  await shot(own, 'not-in');
  await page.goto(`${server.url}/admin/sign-ins`);
  await page.getByRole('button', { name: /nobody@nordlicht.example/ }).click();
  await page.getByRole('dialog').getByText('unknown', { exact: true }).waitFor();
  await fits(page);
  await shot(page, 'log-ins');
}

/** A certificate follows another in the middle of the day, nobody is told of the next one, the clock there is behind, nobody answers there. */
async function goesWrong({ program, browser, output }) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const dns = keep(await startDns('nordlicht.example'));
    const idp = keep(await startIdp());
    const server = keep(await startServer(program, { GUILDHALL_DNS_RESOLVER: dns.address }));
    const { page: admin, close } = await openPage(browser, server.url);
    keep({ stop: close });
    await opens({ server, dns }, admin);
    const api = async (method, path, data) => {
      const answer = await admin.request.fetch(`${server.url}/api/v1/${path}`, { method, data, headers: { origin: server.url } });
      assert.ok(answer.ok(), `${path}: ${await answer.text()}`);
      return answer.json();
    };
    const made = await api('POST', 'sso/providers', { name: 'Nordlicht IdP' });
    const edit = (change) => api('PATCH', `sso/providers/${made.id}`, change);
    await edit({ metadata: idp.metadata, domains: ['nordlicht.example'] });
    const works = async () => {
      idp.is = 'ada@nordlicht.example';
      await admin.goto(made.test_url);
      await admin.getByRole('heading', { name: 'It works' }).waitFor();
      idp.is = 'bo@nordlicht.example';
    };
    await works();
    await edit({ on: true });
    await api('POST', 'people', { display_name: 'Bo Bold', email: 'bo@nordlicht.example', invite: true });
    const { page, close: closeOwn } = await openPage(browser, server.url);
    keep({ stop: closeOwn });
    const asks = async () => {
      await page.context().clearCookies();
      await page.goto(`${server.url}/login`);
      await page.getByLabel(/E-mail/).fill('bo@nordlicht.example');
      await page.getByRole('button', { name: 'Log in with single sign-on' }).click();
    };
    await asks();
    await page.getByLabel(/I agree/).check();
    await page.getByRole('button', { name: 'Take your account' }).click();
    await page.waitForURL('**/home');

    // Two at once while one follows the other: nobody notices.
    const [first, second, third] = [idp.signs, await idp.newCertificate(), await idp.newCertificate()];
    assert.equal((await edit({ metadata: idp.metadataOf(first, second) })).draft, null, 'a certificate more needs no test');
    for (idp.signs of [first, second]) {
      await asks();
      await page.waitForURL('**/home');
    }
    // One that nobody has told of: Bo is told so, and the admin sees what to do. What they give is tried before it is in force.
    idp.signs = third;
    await asks();
    await page.getByText('not one of this identity provider').waitFor();
    await admin.goto(`${server.url}/admin/sign-ins`);
    await admin.getByText('The signature is not one of this identity provider').first().waitFor();
    assert.ok((await edit({ metadata: idp.metadataOf(third) })).draft, 'it is prepared');
    await admin.goto(`${server.url}/admin/sso/${made.id}`);
    await admin.getByText('being prepared').first().waitFor();
    await fits(admin);
    await admin.screenshot({ animations: 'disabled', fullPage: true, path: `${output}sso-prepared.png` });
    await works();
    await asks();
    await page.waitForURL('**/home');

    idp.lifetime = -600;
    await asks();
    await page.getByText('one of the two clocks is wrong').waitFor();
    await page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}sso-clock.png` });
    idp.lifetime = 300;

    await idp.stop();
    await asks().catch(() => {});
    await admin.context().clearCookies();
    await admin.goto(`${server.url}/login`);
    await admin.getByLabel(/E-mail/).fill('ada@nordlicht.example');
    await admin.getByLabel('Password').fill('correct lantern mussel');
    await admin.getByRole('button', { name: 'Log in', exact: true }).click();
    await admin.waitForURL('**/home');
    await idp.again();
    await asks();
    await page.waitForURL('**/home');
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}sso-wrong-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

/** The same by a provider of other authors; what admins do is done over the API. */
async function byAnother({ program, browser, output }) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const dns = keep(await startDns('nordlicht.example'));
    const server = keep(await startServer(program, { GUILDHALL_DNS_RESOLVER: dns.address }));
    const admin = await openPage(browser, server.url);
    keep({ stop: admin.close });
    await opens({ server, dns }, admin.page);
    const api = async (method, path, data) => {
      const answer = await admin.page.request.fetch(`${server.url}/api/v1/${path}`, { method, data, headers: { origin: server.url } });
      assert.ok(answer.ok(), `${path}: ${await answer.text()}`);
      return answer.json();
    };
    const made = await api('POST', 'sso/providers', { name: 'SimpleSAML' });
    const own = await (await admin.page.request.get(made.ours.entity_id)).text();
    const certificate = own.match(/X509Certificate>([^<]+)</)[1];
    const people = { ada: { password: 'one', email: 'ada@nordlicht.example' }, bo: { password: 'two', email: 'bo@nordlicht.example' } };
    const idp = keep(await startSimpleSaml({ ours: made.ours, certificate, people }));
    await api('PATCH', `sso/providers/${made.id}`, { metadata: idp.metadata, domains: ['nordlicht.example'] });
    const types = async (page, name) => {
      await page.locator('input[name=username]').fill(name);
      await page.locator('input[name=password]').fill(people[name].password);
      await page.locator('input[name=password]').press('Enter');
    };
    await admin.page.goto(made.test_url);
    await types(admin.page, 'ada');
    await admin.page.getByRole('heading', { name: 'It works' }).waitFor();
    await api('PATCH', `sso/providers/${made.id}`, { on: true });
    await api('POST', 'people', { display_name: 'Bo Bold', email: 'bo@nordlicht.example', invite: true });
    const { page, close } = await openPage(browser, server.url);
    keep({ stop: close });
    await page.goto(`${server.url}/login`);
    await page.getByLabel(/E-mail/).fill('bo@nordlicht.example');
    await page.getByRole('button', { name: 'Log in with single sign-on' }).click();
    await types(page, 'bo');
    await page.getByLabel(/I agree/).check();
    await page.getByRole('button', { name: 'Take your account' }).click();
    await page.waitForURL('**/home');
    const me = () => page.request.get(`${server.url}/api/v1/me`).then((answer) => answer.status());
    assert.equal(await me(), 200);
    await page.goto(`${idp.url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${idp.url}/logout.php`)}`);
    await page.screenshot({ path: `${output}sso-simplesaml-out.png` });
    assert.equal(await me(), 401);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}sso-simplesaml-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}
