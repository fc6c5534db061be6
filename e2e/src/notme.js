// Somebody else knows a password, and comes in by a browser that its owner never used: the owner says so by the link of the letter, without
// a script, and chooses another password. At the width of a desk and of a phone, in light and in dark.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startMailbox } from './mailbox.js';
import { opens } from './secondfactor.js';
import { startServer } from './server.js';

const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };
const ELSEWHERE = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const PASSWORD = 'correct lantern mussel';
const ANOTHER = 'violet harbour engine moss';

export const notMe = Object.keys(WIDTHS).map((name) => [`whoever did not log in says so, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, width) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const mailbox = keep(await startMailbox());
    const server = keep(await startServer(program, { GUILDHALL_SMTP_URL: mailbox.url, GUILDHALL_MAIL_FROM: 'guildhall@host.example' }));
    const view = async (more) => {
      const opened = await openPage(browser, server.url, WIDTHS[width], more);
      keep({ stop: opened.close });
      return opened;
    };
    let step = 0;
    const shot = async (page, name) => {
      await fits(page);
      step += 1;
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}notme-${width}-${String(step).padStart(2, '0')}-${name}-${colorScheme}.png` });
      }
    };
    const own = await view();
    await opens({ server, page: own.page });
    const other = await view({ userAgent: ELSEWHERE });
    await logsIn(server, other.page, PASSWORD);
    await other.page.waitForURL('**/home');
    const plain = await view({ javaScriptEnabled: false });
    await saysSo({ mailbox, server, shot }, plain.page);
    for (const { page } of [own, other]) assert.equal((await page.request.get(`${server.url}/api/v1/me`)).status(), 401);
    await chooses({ mailbox, server }, plain.page);
    await isMarked({ server, shot }, own.page);
    assert.deepEqual([own, other, plain].flatMap((one) => [...one.strays, ...one.violations]), []);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}notme-failed-${width}-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

async function logsIn(server, page, password) {
  await page.goto(`${server.url}/login`);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** The path of the link in the next letter to Ada that leads to such a page. */
async function linkTo(mailbox, part) {
  for (;;) {
    const letter = await mailbox.next('ada@example.com');
    const [link] = letter.text.match(new RegExp(`http://[^\\s]+${part}[^\\s]+`)) ?? [];
    if (link) return new URL(link).pathname;
  }
}

async function saysSo({ mailbox, server, shot }, page) {
  const link = server.url + (await linkTo(mailbox, '/not-me-here/'));
  await page.goto(link);
  await page.getByText('Firefox on Linux').waitFor();
  await shot(page, 'was-this-you');
  await page.getByRole('button', { name: 'This was not me' }).click();
  await page.getByRole('heading', { name: 'Nobody is in any more' }).waitFor();
  await shot(page, 'nobody-is-in');
  await page.goto(link);
  await page.getByText('You have said so already').waitFor();
  await shot(page, 'said-already');
}

async function chooses({ mailbox, server }, page) {
  await logsIn(server, page, PASSWORD);
  await page.getByText("These two don't go together").waitFor();
  await page.goto(server.url + (await linkTo(mailbox, '/reset/')));
  await page.getByLabel('New password').fill(ANOTHER);
  await page.getByRole('button', { name: 'Keep this password' }).click();
  await page.getByText('Your password is changed').waitFor();
}

/** The log of log-ins says which one it was. */
async function isMarked({ server, shot }, page) {
  await logsIn(server, page, ANOTHER);
  await page.waitForURL('**/home');
  await page.goto(`${server.url}/admin/sign-ins?disowned=true`);
  await page.getByText('Not theirs', { exact: true }).first().waitFor();
  await shot(page, 'log-ins');
  await page.getByRole('button', { name: /Ada Lovelace/ }).last().click();
  await page.getByRole('dialog').getByText('says that it was somebody else').waitFor();
  await shot(page, 'the-log-in');
}
