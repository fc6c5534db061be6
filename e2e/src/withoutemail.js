// People without an e-mail address: the setting, a code on the screen, codes on paper read back by other programs, the claim, a
// supervisor who helps somebody back in, and a kiosk that forgets. At the width of a desk and of a phone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { authenticator, fits, openPage } from './browser.js';
import { startServer } from './server.js';

const PASSWORD = 'correct lantern mussel';
const GOOD = 'purple ladder seagull';
const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };
const run = promisify(execFile);

export const withoutEmail = Object.keys(WIDTHS).map((name) => [`people without e-mail come in by codes on paper, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, width) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const server = keep(await startServer(program));
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}codes-${width}-${String(++step).padStart(2, '0')}-${name}.png` });
    const view = async () => {
      const opened = await openPage(browser, server.url, WIDTHS[width]);
      keep({ stop: opened.close });
      return opened;
    };
    const it = { server, shot, view, output, width };
    const admin = await view();
    const code = await givesACode(it, admin.page);
    const bo = await claims(it, code);
    await showsMany(it, admin.page);
    const links = await printsSheets(it, admin.page);
    await looksAfter(it, admin.page, links, bo.page);
    await sharesADevice(it, admin.page, bo.page);
    for (const one of [admin, bo]) assert.deepEqual([one.strays, one.violations], [[], []]);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}codes-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

async function answer(response) {
  assert.ok(response.ok(), `${response.status()} ${response.url()}: ${await response.text()}`);
  return response.json();
}

async function givesACode({ server, shot }, page) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Name of your organisation').fill('Stahlwerke Nordlicht');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Your e-mail').fill('ada@nordlicht.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  await page.goto(`${server.url}/admin/codes`);
  await page.getByText('lets nobody in without an e-mail address').waitFor();
  await fits(page);
  await shot(page, 'off');
  await page.goto(`${server.url}/admin/settings`);
  await page.getByLabel('Let people in without an e-mail address').check();
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.getByText('The settings are saved.').waitFor();
  const people = [['Bo Bold', 'E-7001', 'Smelter'], ['Żaneta Brzęczyszczykiewicz', 'E-7002', 'Rolling mill'], ['Ελένη Παπαδοπούλου', 'E-7003', 'Rolling mill']];
  const made = [];
  for (const [display_name, employee_id, department] of people)
    made.push(await answer(await page.request.post(`${server.url}/api/v1/people`, { data: { display_name, employee_id, department, location: 'Leeds' } })));
  await page.goto(`${server.url}/admin/people/${made[0].id}`);
  await page.getByText('None was given yet.').waitFor();
  await page.getByRole('button', { name: 'Give a code' }).click();
  const dialog = page.getByRole('dialog');
  const shown = dialog.getByTestId('access-code');
  await shown.waitFor();
  await fits(page);
  await shot(page, 'code');
  const code = (await shown.innerText()).replace(/\s+/g, ' ').trim();
  assert.match(code, /^([B-DF-HJ-NP-TV-XZ]{4} ){3}[B-DF-HJ-NP-TV-XZ]{4}$/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Not used yet').waitFor();
  await fits(page);
  await shot(page, 'person');
  return code;
}

async function claims({ server, shot, view }, code) {
  const own = await view();
  const { page } = own;
  await page.goto(`${server.url}/login`);
  await fits(page);
  await shot(page, 'login');
  await page.getByRole('link', { name: 'I have an access code' }).click();
  await page.getByLabel('Access code').fill(code.slice(0, -1) + (code.endsWith('B') ? 'C' : 'B'));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').filter({ hasText: 'One of the letters is not right' }).waitFor();
  await fits(page);
  await shot(page, 'mistyped');
  await page.getByLabel('Access code').fill(code.toLowerCase().replaceAll(' ', '-'));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Welcome to Stahlwerke Nordlicht' }).waitFor();
  assert.equal(await page.getByLabel('User name').inputValue(), 'bo.bold');
  await page.getByLabel('Password').fill(GOOD);
  await page.getByLabel(/I agree/).check();
  await fits(page);
  await shot(page, 'claim');
  await page.getByRole('button', { name: 'Claim your account' }).click();
  await page.waitForURL('**/home?came=code');
  await page.getByRole('heading', { name: 'Next time without a password' }).waitFor();
  await fits(page);
  await shot(page, 'passkey-offered');
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.waitForURL('**/home');
  await page.context().clearCookies();
  for (const name of ['e-7001', 'Bo.Bold']) {
    await page.context().clearCookies();
    await page.goto(`${server.url}/login`);
    await page.getByLabel('E-mail, user name or employee ID').fill(name);
    await page.getByLabel('Password').fill(GOOD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('**/home');
  }
  return own;
}

/** The codes of a department on the screen, in light and dark and on paper, and those of two who were picked; then they are gone. */
async function showsMany({ server, shot, view, output, width }, page) {
  const api = `${server.url}/api/v1`;
  const people = [['Æsa Sveinsdóttir', 'F-1'], ['Maximiliana-Theodora Oberhuber-Freytag von Schwarzenbach-Lang', 'F-2'], ['王秀英', 'F-3']];
  for (const [display_name, employee_id] of people) await answer(await page.request.post(`${api}/people`, { data: { display_name, employee_id, department: 'Foundry' } }));
  await page.goto(`${server.url}/admin/codes`);
  await page.getByRole('button', { name: 'Give codes to Foundry' }).click();
  await page.getByLabel('On the screen').check();
  await fits(page);
  await shot(page, 'on-the-screen');
  await page.getByRole('button', { name: 'Give and show the codes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Access codes for Foundry' });
  const codes = dialog.getByTestId('access-code');
  await codes.first().waitFor();
  assert.equal(await codes.count(), 3);
  for (const words of ['Æsa Sveinsdóttir', 'F-2 · Foundry', '王秀英', 'Shown this once', '/code']) await dialog.getByText(words).first().waitFor();
  await fits(page);
  await shot(page, 'shown');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'shown-dark');
  await page.emulateMedia({ colorScheme: null });
  const shown = await codes.allInnerTexts();
  const paper = join(output, `codes-shown-${width}.pdf`);
  await page.pdf({ path: paper, format: 'A4' });
  const { stdout: printed } = await run('pdftotext', ['-layout', paper, '-']);
  for (const code of shown) assert.ok(printed.includes(code), printed);
  for (const words of ['Foundry', 'Æsa Sveinsdóttir', '/code']) assert.ok(printed.includes(words), `${words}: ${printed}`);
  for (const words of ['By department', 'Done', 'Shown this once']) assert.ok(!printed.includes(words), `${words}: ${printed}`);
  await page.mouse.click(4, 4);
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const { page: own } = await view();
  await own.goto(`${server.url}/c/${shown[0].replaceAll(' ', '')}`);
  await own.getByRole('heading', { name: 'Welcome to Stahlwerke Nordlicht' }).waitFor();
  await page.goto(`${server.url}/admin/people?department=Foundry`);
  for (const box of ['Æsa Sveinsdóttir', '王秀英']) await page.getByRole('checkbox', { name: box }).check();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Give access codes' }).click();
  await page.getByLabel('On the screen').check();
  await page.getByRole('button', { name: 'Give and show the codes' }).click();
  const two = page.getByRole('dialog', { name: 'Access codes for 2 people' }).getByTestId('access-code');
  await two.first().waitFor();
  assert.equal(await two.count(), 2);
  await fits(page);
  await shot(page, 'shown-of-two');
  await page.goBack();
  await page.waitForURL('**/admin/codes');
  await page.getByText('Rolling mill').waitFor();
  assert.equal(await page.getByTestId('access-code').count(), 0, 'whoever goes to another page has left them');
  const log = await answer(await page.request.get(`${api}/audit?verb=download_codes`));
  assert.deepEqual(log.items.map((item) => item.subject.name), ['Codes of 2 people as a list on the screen', 'Codes of 3 people as a list on the screen']);
}

/** The links that the QR codes of the downloaded sheets hold. */
async function printsSheets({ server, shot, output, width }, page) {
  await page.goto(`${server.url}/admin/codes`);
  await page.getByText('Rolling mill').waitFor();
  await fits(page);
  await shot(page, 'waiting');
  await page.getByRole('button', { name: 'Give codes to all who wait' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Language').selectOption('pl');
  await fits(page);
  await shot(page, 'sheets');
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Make the codes' }).click()]);
  await page.getByText('Codes for 2 people are in the file.').waitFor();
  const file = join(output, `codes-${width}.pdf`);
  await download.saveAs(file);
  await run('pdftoppm', ['-r', '150', '-png', '-singlefile', file, file]);
  const { stdout } = await run('zbarimg', ['--quiet', '--raw', `${file}.png`]);
  const links = stdout.trim().split('\n');
  assert.equal(links.length, 2, stdout);
  for (const link of links) assert.ok(link.startsWith(`${server.url}/c/`), link);
  const log = await answer(await page.request.get(`${server.url}/api/v1/audit?verb=download_codes`));
  assert.equal(log.items[0].subject.name, 'Codes of 2 people as pdf');
  return links;
}

async function looksAfter({ server, shot, view }, page, links, bo) {
  const api = `${server.url}/api/v1`;
  const { items } = await answer(await page.request.get(`${api}/people?q=E-700`));
  const [boss, helped] = [items.find((p) => p.employee_id === 'E-7001').id, items.find((p) => p.employee_id === 'E-7002').id];
  await answer(await page.request.put(`${api}/people/${boss}/role`, { data: { role: 'supervisor' } }));
  await page.goto(`${server.url}/admin/people/${boss}`);
  await page.getByLabel('Everybody at these locations').fill('Leeds');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await fits(page);
  await shot(page, 'supervisor');
  const { page: own } = await view();
  await own.goto(links[0]);
  await own.getByRole('heading', { name: /Welcome to/ }).waitFor();
  await own.getByLabel('Password').fill(GOOD);
  await own.getByLabel(/I agree/).check();
  await authenticator(own);
  await own.getByRole('button', { name: 'Claim your account' }).click();
  await own.waitForURL('**/home?came=code');
  await own.getByRole('button', { name: 'Use this phone' }).click();
  await own.getByRole('dialog', { name: 'Keep your recovery codes' }).getByRole('button', { name: 'I have kept them' }).click();
  await own.waitForURL('**/home');
  await own.goto('about:blank');
  await own.context().clearCookies();
  // The field offers the passkey of this browser by itself, and the authenticator that plays the person agrees at once,
  // perhaps before the page has loaded.
  await own.goto(`${server.url}/login`, { waitUntil: 'commit' });
  await own.waitForURL('**/home');
  await bo.goto(`${server.url}/my-people`);
  await bo.getByRole('tab', { name: /Have not come yet/ }).waitFor();
  await fits(bo);
  await shot(bo, 'my-people-waiting');
  await bo.getByRole('tab', { name: /All/ }).click();
  await bo.getByRole('button', { name: /^New code for/ }).first().waitFor();
  await fits(bo);
  await shot(bo, 'my-people');
  const claimed = bo.locator('li').filter({ hasText: 'Active' });
  await claimed.getByRole('button', { name: /^New code for/ }).click();
  await bo.getByRole('dialog').getByRole('button', { name: 'Give a new code' }).click();
  const shown = bo.getByTestId('access-code');
  await shown.waitFor();
  await fits(bo);
  const code = (await shown.innerText()).replace(/\s+/g, '');
  await own.goto(`${server.url}/c/${code}`);
  await own.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  await fits(own);
  await shot(own, 'recover');
  await own.getByLabel('Password').fill('granite teapot forest');
  await own.getByRole('button', { name: 'Save and log in' }).click();
  await own.waitForURL('**/home?came=code');
  await own.getByRole('heading', { name: 'Next time without a password' }).waitFor();
  const refused = await bo.request.get(`${api}/people/${helped}`);
  assert.equal(refused.status(), 403, 'a supervisor sees no profile in the admin panel');
}

async function sharesADevice({ server, shot, view, output, width }, page, bo) {
  await page.goto(`${server.url}/admin/kiosks`);
  await page.getByText('No kiosk yet').waitFor();
  await page.getByRole('button', { name: 'Add a kiosk' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Break room');
  await dialog.getByLabel('Place').fill('Hall 2, by the gate');
  await dialog.getByLabel('Log out after').fill('60');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = await dialog.getByLabel('Link for the device').inputValue();
  await fits(page);
  await shot(page, 'kiosk-link');
  const { page: tablet } = await view();
  await tablet.clock.install();
  await tablet.goto(link);
  await shot(tablet, 'kiosk-offer');
  await tablet.getByRole('button', { name: 'Make it a kiosk' }).click();
  await tablet.waitForURL('**/kiosk');
  await fits(tablet);
  await shot(tablet, 'kiosk');
  const logIn = async () => {
    await tablet.getByLabel('User name, employee ID or e-mail').fill('bo.bold');
    await tablet.getByLabel('Password').fill(GOOD);
    await tablet.getByRole('button', { name: 'Log in' }).click();
    await tablet.waitForURL('**/home');
    await tablet.locator('main h1').first().waitFor();
  };
  await logIn();
  await tablet.evaluate(() => localStorage.setItem('left', 'behind'));
  await tablet.clock.runFor(45_000);
  await tablet.getByText('Are you still there?').waitFor();
  await shot(tablet, 'kiosk-question');
  await tablet.getByRole('button', { name: 'I am here' }).click();
  await tablet.getByText('Are you still there?').waitFor({ state: 'hidden' });
  await tablet.clock.runFor(61_000);
  await tablet.waitForURL('**/kiosk');
  const cookies = (await tablet.context().cookies()).filter((cookie) => cookie.name === 'guildhall' && cookie.value);
  assert.deepEqual(cookies, [], 'the session is gone from the browser');
  assert.equal(await tablet.evaluate(() => localStorage.getItem('left')), null, 'and what the page kept');
  await tablet.goBack();
  await tablet.waitForURL('**/kiosk');
  await byPhone({ server, shot, output, width }, bo, tablet);
  await page.goto(`${server.url}/admin/kiosks`);
  await page.getByText('In use').waitFor();
  await fits(page);
  await shot(page, 'kiosks');
}

/** The kiosk shows a code and a number; the phone reads the code off the screen, and its owner chooses the number. */
async function byPhone({ server, shot, output, width }, phone, tablet) {
  await tablet.clock.resume();
  await tablet.getByRole('link', { name: 'Log in with your phone' }).click();
  await tablet.locator('.scan svg').waitFor();
  await fits(tablet);
  await shot(tablet, 'kiosk-code');
  const scan = async () => {
    const picture = join(output, `kiosk-code-${width}.png`);
    await tablet.locator('.scan').screenshot({ path: picture });
    const { stdout } = await run('zbarimg', ['--quiet', '--raw', picture]);
    return [stdout.trim(), await tablet.locator('.scan strong').innerText()];
  };
  const [first] = await scan();
  assert.ok(first.startsWith(`${server.url}/kiosk/in/`), first);
  await phone.goto(first);
  await phone.getByRole('heading', { name: 'Log in on "Break room"?' }).waitFor();
  await phone.getByText('Hall 2, by the gate').waitFor();
  await fits(phone);
  await shot(phone, 'phone-question');
  await phone.getByRole('button', { name: /None of these/ }).click();
  await phone.getByRole('heading', { name: 'Nobody was logged in' }).waitFor();
  await tablet.getByText('another number was chosen').waitFor();
  await shot(tablet, 'kiosk-refused');
  const [second, number] = await scan();
  assert.notEqual(second, first);
  await phone.goto(second);
  await phone.getByRole('button', { name: number, exact: true }).click();
  await phone.getByRole('heading', { name: 'You are in on "Break room"' }).waitFor();
  await shot(phone, 'phone-in');
  await tablet.waitForURL('**/home');
  await tablet.goto(`${server.url}/kiosk`);
}
