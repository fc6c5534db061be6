// A group fills itself by a rule, a rule invites who belongs to it, and somebody asks to be let into a closed group. At
// the width of a desk and of a phone.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startMailbox } from './mailbox.js';
import { startServer } from './server.js';

const PASSWORD = 'correct lantern mussel';
const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };

export const rules = Object.keys(WIDTHS).map((name) => [`a rule fills a group and invites, and a closed group is asked, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, width) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const mailbox = keep(await startMailbox());
    const server = keep(await startServer(program, { GUILDHALL_SMTP_URL: mailbox.url, GUILDHALL_MAIL_FROM: 'guildhall@host.example' }));
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}rules-${width}-${String(++step).padStart(2, '0')}-${name}.png` });
    const view = async () => {
      const opened = await openPage(browser, server.url, WIDTHS[width]);
      keep({ stop: opened.close });
      return opened;
    };
    const it = { server, mailbox, shot };
    const admin = await view();
    const groups = await prepares(it, admin.page);
    await setsARule(it, admin.page, groups.sales);
    await invitesByRule(it, admin.page);
    const bo = await view();
    await comes(it, bo.page, groups.chess);
    await letsIn(it, admin.page, groups.chess);
    const letter = await mailbox.next('bo@works.example');
    assert.match(letter.subject, /You are in Chess club/);
    await bo.page.reload();
    await bo.page.getByRole('button', { name: 'Leave' }).waitFor();
    for (const one of [admin, bo]) assert.deepEqual([one.strays, one.violations], [[], []]);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}rules-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

async function prepares({ server }, page) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Name of your organisation').fill('Łódź Works');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Your e-mail').fill('ada@works.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  const api = `${server.url}/api/v1`;
  const made = async (path, data) => {
    const answered = await page.request.post(`${api}${path}`, { data });
    assert.ok(answered.ok(), `${path}: ${await answered.text()}`);
    return (await answered.json()).id;
  };
  for (const [name, department] of [['Bo', 'Sales'], ['Cy', 'Sales'], ['Dee', 'Legal']]) await made('/people', { display_name: name, email: `${name.toLowerCase()}@works.example`, department });
  // The story is told at any hour.
  const settings = await page.request.patch(`${api}/workplace`, { data: { settings: { quiet_from: 0, quiet_to: 0 } } });
  assert.ok(settings.ok(), await settings.text());
  return { sales: await made('/groups', { name: 'Sales team', kind: 'teams', privacy: 'closed' }), chess: await made('/groups', { name: 'Chess club', kind: 'social', privacy: 'closed' }) };
}

async function setsARule({ server, shot }, page, group) {
  await page.goto(`${server.url}/admin/groups/${group}`);
  await page.getByRole('button', { name: 'Set a rule' }).click();
  const dialog = page.getByRole('dialog');
  const value = dialog.getByLabel('Department: another value');
  await value.fill('sales');
  await value.press('Enter');
  await dialog.getByRole('button', { name: 'Preview', exact: true }).click();
  await dialog.getByText('2 would come in').waitFor();
  await fits(page);
  await shot(page, 'rule');
  await dialog.getByRole('button', { name: 'Set the rule' }).click();
  await page.getByText('2 people in by the rule').waitFor();
  // Somebody moves: the page follows by itself.
  const found = await (await page.request.get(`${server.url}/api/v1/people?q=cy`)).json();
  const moved = await page.request.patch(`${server.url}/api/v1/people/${found.items[0].id}`, { data: { department: 'Legal' } });
  assert.ok(moved.ok(), await moved.text());
  await page.getByText('1 person in by the rule').waitFor();
  await fits(page);
  await shot(page, 'group');
}

async function invitesByRule({ server, shot }, page) {
  await page.goto(`${server.url}/admin/invitations?view=rules`);
  await page.getByRole('button', { name: 'Make a rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Everybody in sales');
  await dialog.getByLabel('What is looked at').selectOption('department');
  const value = dialog.getByLabel('Department: another value');
  await value.fill('Sales');
  await value.press('Enter');
  await dialog.getByRole('button', { name: 'Preview', exact: true }).click();
  await dialog.getByText('1 person would be invited now').waitFor();
  await dialog.getByRole('button', { name: 'Start the rule' }).click();
  await page.getByText('1 person invited').waitFor();
  await fits(page);
  await shot(page, 'invited');
}

async function comes({ server, mailbox, shot }, page, chess) {
  const letter = await mailbox.next('bo@works.example');
  const [link] = letter.text.match(/http:\/\/[^\s]+\/claim\/[^\s]+/) ?? [];
  assert.ok(link, letter.text);
  await page.goto(link);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel(/I agree to the terms/).check();
  await page.getByRole('button', { name: 'Claim your account' }).click();
  await page.waitForURL('**/home');
  await page.getByText('Sales team').first().waitFor();
  assert.match((await mailbox.next('bo@works.example')).subject, /Welcome/);
  await page.goto(`${server.url}/groups/${chess}`);
  await page.getByRole('button', { name: 'Ask to join' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('A few words to them').fill('I play every day.');
  await dialog.getByRole('button', { name: 'Ask to join' }).click();
  await page.getByText('You asked to join this group').waitFor();
  await fits(page);
  await shot(page, 'asked');
}

async function letsIn({ server, mailbox, shot }, page, chess) {
  const letter = await mailbox.next('ada@works.example');
  assert.match(letter.subject, /Bo would like to join Chess club/);
  await page.goto(`${server.url}/groups/${chess}`);
  await page.getByText('I play every day.').waitFor();
  await fits(page);
  await shot(page, 'asks');
  await page.getByRole('button', { name: 'Let in', exact: true }).click();
  await page.getByText('1 member').waitFor();
}
