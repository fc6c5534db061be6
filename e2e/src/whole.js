// The whole way in one go, as people go it: a server is opened, filled from an HR file, somebody is invited, comes
// in by the letter, leaves with the next file; and the admin forgets the password.
import assert from 'node:assert/strict';
import { openPage } from './browser.js';
import { BAD_LINE, leaversFile, peopleFile, PEOPLE, WHO } from './hr.js';
import { startMailbox } from './mailbox.js';
import { startPostgres } from './postgres.js';
import { startServer } from './server.js';

const ADMIN = { name: 'Ada Lovelace', email: 'ada@nordlicht.example', password: 'correct lantern mussel', next: 'velvet anchor tomato' };
const PHONE = { width: 360, height: 740 };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells the story on one database; returns what was measured. */
export async function whole({ program, browser, database, output }) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  const began = Date.now();
  try {
    const mailbox = keep(await startMailbox());
    const postgres = database === 'PostgreSQL' ? keep(await startPostgres()) : null;
    const server = keep(
      await startServer(program, {
        GUILDHALL_SMTP_URL: mailbox.url,
        GUILDHALL_MAIL_FROM: 'guildhall@nordlicht.example',
        ...(postgres && { GUILDHALL_DATABASE: postgres.url }),
      }),
    );
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', path: `${output}whole-${database.toLowerCase()}-${String(++step).padStart(2, '0')}-${name}.png` });
    const it = { browser, server, mailbox, shot };
    const admin = await openPage(browser, server.url);
    keep({ stop: admin.close });
    await opens(it, admin.page);
    await imports(it, admin.page);
    await prepares(it, admin.page);
    await invites(it, admin.page);
    const person = await openPage(browser, server.url, PHONE);
    keep({ stop: person.close });
    await claims(it, person.page);
    const measured = await leaves(it, admin.page, person);
    await forgets(it, admin.page);
    for (const view of [admin, person]) assert.deepEqual([view.strays, view.violations], [[], []]);
    return [...measured, `the whole story took ${((Date.now() - began) / 1000).toFixed(1)} s`];
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}whole-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

async function opens({ server, shot }, page) {
  await page.goto(`${server.url}/setup`);
  await shot(page, 'setup');
  await page.getByLabel('Name of your organisation').fill('Nordlicht Werke');
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('Your e-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByLabel('Time zone').selectOption('Europe/Berlin');
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  await page.getByRole('heading', { name: /, Ada/ }).waitFor();
  await shot(page, 'home-of-the-admin');
}

/** Chooses the file as a person does, through the browser's own dialog. */
async function upload(page, name, buffer) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByText('Drop the file here, or choose it').click()]);
  await chooser.setFiles({ name, mimeType: 'text/csv', buffer });
  await page.waitForURL(/\/admin\/import\/.+/);
}

const counted = (page, label, term) => page.getByRole('figure', { name: label }).locator('div', { has: page.getByText(term, { exact: true }) }).locator('dd b').innerText();

async function apply(page) {
  await page.getByRole('button', { name: 'Apply the plan' }).click();
  await page.getByRole('dialog', { name: 'Apply this plan?' }).waitFor();
}

async function imports({ server, shot }, page) {
  await page.goto(`${server.url}/admin/import`);
  await page.getByText('Add and update').waitFor();
  await shot(page, 'import');
  await upload(page, 'Personal Nordlicht.csv', peopleFile());
  await page.getByRole('heading', { name: 'What it would do' }).waitFor();
  assert.equal(await counted(page, 'What this run would do', 'Add'), String(PEOPLE));
  assert.equal(await counted(page, 'What this run would do', 'Invalid'), '1');
  const bad = page.getByRole('row').filter({ hasText: 'Olsen' });
  await bad.waitFor();
  const said = await bad.innerText();
  assert.ok(said.includes(String(BAD_LINE)) && said.includes('kim.olsen(at)nordlicht'), said);
  await shot(page, 'plan');
  await bad.getByRole('button').click();
  await page.getByRole('dialog').getByText(`Line ${BAD_LINE}`).waitFor();
  await shot(page, 'the-bad-row');
  await page.keyboard.press('Escape');
  await apply(page);
  await shot(page, 'apply-the-plan');
  await page.getByRole('dialog').getByRole('button', { name: 'Apply', exact: true }).click();
  await page.getByRole('heading', { name: 'What it did' }).waitFor();
  assert.equal(await counted(page, 'What this run did', 'Added'), String(PEOPLE));
  await shot(page, 'applied');
}

async function create(page, name, choose) {
  await page.getByRole('button', { name: 'Create a group' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create a group' });
  await dialog.getByLabel('Name').fill(name);
  await choose(dialog);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** Three groups: one that all are put in, one that all are offered, and one with somebody in it who knows nothing of it yet. */
async function prepares({ server, shot }, page) {
  await page.goto(`${server.url}/admin/groups`);
  await create(page, 'All of Nordlicht', (dialog) => dialog.getByText('Everyone who joins is put in it').click());
  await page.goto(`${server.url}/admin/groups`);
  await create(page, 'Canteen', (dialog) => dialog.getByRole('radio', { name: /Open/ }).check());
  await page.goto(`${server.url}/admin/groups`);
  await create(page, 'Night shift', (dialog) => dialog.getByRole('radio', { name: /Closed/ }).check());
  await page.getByRole('button', { name: 'Add people' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add people' });
  await dialog.getByText(`All ${PEOPLE + 1} that match`).waitFor();
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill(WHO.name);
  await dialog.getByText(`All ${PEOPLE + 1} that match`).waitFor({ state: 'detached' });
  await dialog.getByRole('listitem').filter({ hasText: WHO.name }).getByRole('checkbox').check();
  await shot(page, 'add-people');
  await dialog.getByRole('button', { name: 'Add 1 person' }).click();
  await page.getByRole('link', { name: WHO.name }).waitFor();
  await shot(page, 'group-with-one');
}

async function invites({ shot }, page) {
  await page.getByRole('link', { name: WHO.name }).click();
  await page.waitForURL(/\/admin\/people\//);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Invite ${WHO.name}` });
  await dialog.getByLabel('Your message').fill('Our news and the shift plan are here from Monday.');
  await shot(page, 'invite');
  await dialog.getByRole('button', { name: `Invite ${WHO.name}` }).click();
  await page.getByText(`${WHO.name} is invited.`).waitFor();
  await shot(page, 'invited');
}

/** Takes the link out of the text, and looks at what the HTML looks like. */
async function readLetter({ browser, server, mailbox, shot }, address, way, name) {
  const letter = await mailbox.next(address);
  for (const width of [360, 700]) {
    const { page, strays, close } = await openPage(browser, server.url, { width, height: 800 });
    await page.setContent(letter.html);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `the letter is wider than ${width} px`);
    await shot(page, `${name}-${width}`);
    assert.deepEqual(strays, [], 'a letter loads nothing from elsewhere');
    await close();
  }
  const link = letter.text.match(new RegExp(`${server.url}${way}\\S+`))?.[0];
  assert.ok(link, letter.text);
  assert.ok(letter.html.includes(link));
  return { ...letter, link };
}

async function claims(it, page) {
  const letter = await readLetter(it, WHO.email, '/claim/', 'letter-of-invitation');
  assert.match(letter.subject, /Nordlicht Werke/);
  assert.match(letter.text, /the shift plan are here/);
  await page.goto(letter.link);
  assert.equal(await page.getByLabel('Your name').inputValue(), WHO.name);
  await page.getByLabel('Your name').fill(`${WHO.name} `);
  await page.getByLabel('Password').fill(WHO.password);
  await page.getByLabel('Canteen').check();
  await page.getByLabel(/I agree to the terms/).check();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
  await it.shot(page, 'claim');
  await page.getByRole('button', { name: 'Claim your account' }).click();
  await page.waitForURL('**/home');
  for (const group of ['Night shift', 'Canteen', 'All of Nordlicht']) await page.getByRole('link', { name: group }).waitFor();
  await it.shot(page, 'home-of-the-person');
}

/** The next HR file says that the person has left, while their page is open. */
async function leaves({ server, shot }, page, person) {
  await page.goto(`${server.url}/admin/import`);
  await page.getByText('Those who left.').click();
  await shot(page, 'leavers');
  await upload(page, 'Austritte.csv', leaversFile());
  await page.getByRole('heading', { name: 'What it would do' }).waitFor();
  assert.equal(await counted(page, 'What this run would do', 'Deactivate'), '1');
  await apply(page);
  await shot(page, 'apply-the-leavers');
  const me = await (await person.page.request.get(`${server.url}/api/v1/me`)).json();
  const [cookie] = await person.page.context().cookies();
  const left = person.page.waitForURL(/\/login/, { waitUntil: 'commit' }).then(() => Date.now());
  const clicked = Date.now();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply', exact: true }).click();
  const seen = await seenDeactivated(page, `${server.url}/api/v1/people/${me.account.id}`);
  const out = await left;
  assert.ok(out - seen < 1000, `out ${out - seen} ms after the deactivation`);
  const headers = { Cookie: `${cookie.name}=${cookie.value}` };
  assert.equal((await fetch(`${server.url}/api/v1/me`, { headers })).status, 401);
  await person.page.getByRole('button', { name: 'Log in' }).waitFor();
  await shot(person.page, 'the-person-is-out');
  await page.getByRole('heading', { name: 'What it did' }).waitFor();
  assert.equal(await counted(page, 'What this run did', 'Deactivated'), '1');
  await shot(page, 'leavers-applied');
  return [`the leaver's page was at the log-in ${Math.max(0, out - seen)} ms after the deactivation was seen, ${out - clicked} ms after the click on Apply`];
}

/** When an admin who asks all the time first hears that the account is deactivated. */
async function seenDeactivated(page, address) {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(10)) {
    const { state } = await (await page.request.get(address)).json();
    if (state === 'deactivated') return Date.now();
  }
  throw new Error('The account was not deactivated');
}

async function forgets(it, page) {
  const { server, shot } = it;
  await page.context().clearCookies();
  await page.goto(`${server.url}/login`);
  await page.getByRole('link', { name: /forgot/i }).click();
  await page.waitForURL('**/forgot');
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await shot(page, 'forgot');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByRole('heading', { name: 'Look in your mail' }).waitFor();
  await shot(page, 'look-in-your-mail');
  const { link } = await readLetter(it, ADMIN.email, '/reset/', 'letter-of-reset');
  await page.goto(link);
  await page.getByLabel('New password').fill(ADMIN.next);
  await shot(page, 'reset');
  await page.getByRole('button', { name: 'Keep this password' }).click();
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
  await shot(page, 'password-changed');
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').filter({ hasText: "don't go together" }).waitFor();
  await page.getByLabel('Password').fill(ADMIN.next);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/home');
}
