// A domain is proven, and then each way in: with a company address, by asking, by a coworker, by a link that goes round;
// and a workplace that is opened from the web. At the width of a desk and of a phone.
import assert from 'node:assert/strict';
import { fits, openPage } from './browser.js';
import { startDns } from './dns.js';
import { startMailbox } from './mailbox.js';
import { startServer } from './server.js';

const PASSWORD = 'correct lantern mussel';
const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } };

export const joining = Object.keys(WIDTHS).map((name) => [`a domain is proven and people come by themselves, on a ${name}`, (it) => story(it, name)]);

async function story({ program, browser, output }, width) {
  const started = [];
  const keep = (one) => (started.push(one), one);
  try {
    const mailbox = keep(await startMailbox());
    const dns = keep(await startDns('nordlicht.example'));
    const server = keep(
      await startServer(program, {
        GUILDHALL_SMTP_URL: mailbox.url,
        GUILDHALL_MAIL_FROM: 'guildhall@host.example',
        GUILDHALL_DNS_RESOLVER: dns.address,
        GUILDHALL_OPEN_WORKPLACES: 'open',
      }),
    );
    let step = 0;
    const shot = (page, name) => page.screenshot({ animations: 'disabled', fullPage: true, path: `${output}joining-${width}-${String(++step).padStart(2, '0')}-${name}.png` });
    const view = async () => {
      const opened = await openPage(browser, server.url, WIDTHS[width]);
      keep({ stop: opened.close });
      return opened;
    };
    const it = { server, mailbox, dns, shot, view };
    const admin = await view();
    await proves(it, admin.page);
    await joins(it, admin.page);
    await asks(it, admin.page);
    const coworker = await invitesACoworker(it, admin.page);
    await sharesALink(it, admin.page);
    await opensAnother(it);
    for (const one of [admin, coworker]) assert.deepEqual([one.strays, one.violations], [[], []]);
  } catch (error) {
    for (const [at, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: `${output}joining-failed-${at + 1}.png` });
    throw error;
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

/** The link with that path in the next letter to the address. */
async function linkTo({ mailbox }, address, path) {
  const letter = await mailbox.next(address);
  const [link] = letter.text.match(new RegExp(`http://[^\\s]+/${path}/[^\\s]+`)) ?? [];
  assert.ok(link, letter.text);
  return link;
}

async function proves({ server, dns, shot }, page) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Name of your organisation').fill('Nordlicht Werke');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Your e-mail').fill('ada@nordlicht.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  await page.goto(`${server.url}/admin/domains`);
  await page.getByText('No domain yet').waitFor();
  await shot(page, 'no-domain');
  await page.getByRole('button', { name: 'Add a domain' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Domain').fill('gmail.com');
  await dialog.getByRole('button', { name: 'Add the domain' }).click();
  await dialog.getByText('public mail provider').waitFor();
  await shot(page, 'public-provider');
  await dialog.getByLabel('Domain').fill('Nordlicht.example');
  await dialog.getByRole('button', { name: 'Add the domain' }).click();
  const value = page.getByLabel('Value of the TXT record');
  await value.waitFor();
  const record = await value.inputValue();
  assert.match(record, /^guildhall-domain-verification=[A-Za-z0-9]{30}$/);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('none is ours').waitFor();
  await page.getByText('v=spf1 -all').waitFor();
  await fits(page);
  await shot(page, 'not-found-yet');
  await page.getByLabel('File on the web site').check();
  await page.getByLabel('Address of the file').waitFor();
  await fits(page);
  await shot(page, 'file');
  await page.getByLabel('Code by mail').check();
  await page.getByLabel('Send a code to').waitFor();
  await fits(page);
  await shot(page, 'code');
  await page.getByLabel('TXT record in DNS').check();
  await dns.setTxt('v=spf1 -all', record);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Include subdomains').waitFor();
  await page.getByLabel('Include subdomains').check();
  await page.getByText('with its subdomains').waitFor();
  await fits(page);
  await shot(page, 'verified');
}

async function joins(it, page) {
  const { server, shot, view } = it;
  await page.goto(`${server.url}/admin/settings`);
  await page.getByLabel('Anyone from your domains').check();
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.getByText('The settings are saved.').waitFor();
  const { page: own } = await view();
  await own.goto(`${server.url}/login`);
  await fits(own);
  await shot(own, 'login');
  await own.getByRole('link', { name: /Join with your company address/ }).click();
  await own.getByLabel("Your company's e-mail address").fill('bo@nordlicht.example');
  await shot(own, 'join');
  await own.getByRole('button', { name: 'Send me a link' }).click();
  await own.getByRole('heading', { name: 'Look in your mail' }).waitFor();
  await own.goto(await linkTo(it, 'bo@nordlicht.example', 'join'));
  await own.getByRole('heading', { name: 'Join Nordlicht Werke' }).waitFor();
  await own.getByLabel('Your name').fill('Bo Bold');
  await own.getByLabel('Password').fill('purple ladder seagull');
  await own.getByLabel(/I agree/).check();
  await shot(own, 'join-form');
  await own.getByRole('button', { name: 'Join', exact: true }).click();
  await own.waitForURL('**/home');
}

async function asks(it, page) {
  const { server, shot, view } = it;
  await page.goto(`${server.url}/admin/settings`);
  await page.getByRole('radio', { name: /^Nobody/ }).first().check();
  await page.getByRole('checkbox', { name: 'Department' }).first().check();
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.getByText('The settings are saved.').waitFor();
  const { page: own } = await view();
  await own.goto(`${server.url}/join`);
  await own.getByLabel("Your company's e-mail address").fill('cy@nordlicht.example');
  await own.getByRole('button', { name: 'Send me a link' }).click();
  await own.getByRole('heading', { name: 'Look in your mail' }).waitFor();
  await own.goto(await linkTo(it, 'cy@nordlicht.example', 'join'));
  await own.getByRole('heading', { name: 'Ask to join Nordlicht Werke' }).waitFor();
  await own.getByLabel('Your name').fill('Cy Young');
  await own.getByLabel('Department').fill('Logistics');
  await own.getByLabel(/Why/).fill('I begin on Monday');
  await fits(own);
  await shot(own, 'ask');
  await own.getByRole('button', { name: 'Ask to join' }).click();
  await own.getByRole('heading', { name: 'You have asked to join' }).waitFor();
  await shot(own, 'asked');
}

async function invitesACoworker(it, page) {
  const { server, shot, view } = it;
  const opened = await view();
  const bo = opened.page;
  await bo.goto(`${server.url}/login`);
  await bo.getByLabel('E-mail').fill('bo@nordlicht.example');
  await bo.getByLabel('Password').fill('purple ladder seagull');
  await bo.getByRole('button', { name: 'Log in' }).click();
  await bo.waitForURL('**/home');
  await bo.goto(`${server.url}/people`);
  await bo.getByRole('button', { name: 'Invite coworkers' }).click();
  await bo.getByLabel('E-mail addresses').fill('di@friend.example, ada@nordlicht.example');
  await bo.getByLabel('Note').fill('Di helps with the fair.');
  await shot(bo, 'coworkers');
  await bo.getByRole('dialog').getByRole('button', { name: 'Invite', exact: true }).click();
  await bo.getByText('is here already').waitFor();
  await bo.getByText('Waits for an admin', { exact: true }).waitFor();
  await shot(bo, 'coworkers-done');

  await page.goto(`${server.url}/admin/requests`);
  await page.getByText('Di helps with the fair.').waitFor();
  await page.getByText('I begin on Monday').waitFor();
  await fits(page);
  await shot(page, 'requests');
  await page.getByLabel('Select all').check();
  await page.getByRole('button', { name: 'Approve 2' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Department').fill('Guests');
  await shot(page, 'required-field');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Nobody waits').waitFor();
  await linkTo(it, 'di@friend.example', 'claim');
  const { page: cy } = await view();
  await cy.goto(await linkTo(it, 'cy@nordlicht.example', 'claim'));
  await cy.getByRole('heading', { name: 'Welcome to Nordlicht Werke' }).waitFor();
  return opened;
}

async function sharesALink(it, page) {
  const { server, shot, view } = it;
  await page.goto(`${server.url}/admin/requests?view=links`);
  await page.getByRole('button', { name: 'Make a link' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('People').fill('2');
  await shot(page, 'link');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = await dialog.getByLabel('The link').inputValue();
  await shot(page, 'link-made');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('0 of 2 came').waitFor();
  const { page: own } = await view();
  await own.goto(link);
  await own.getByLabel('E-mail').fill('eli@anywhere.example');
  await shot(own, 'by-link');
  await own.getByRole('button', { name: 'Send me a letter' }).click();
  await own.getByRole('heading', { name: 'Look in your mail' }).waitFor();
  await own.goto(await linkTo(it, 'eli@anywhere.example', 'join'));
  await own.getByLabel('Your name').fill('Eli');
  await own.getByLabel('Password').fill('purple ladder seagull');
  await own.getByLabel(/I agree/).check();
  await own.getByRole('button', { name: 'Join', exact: true }).click();
  await own.waitForURL('**/home');
}

async function opensAnother(it) {
  const { server, shot, view } = it;
  const { page } = await view();
  const ask = async (email) => {
    await page.goto(`${server.url}/open`);
    await page.getByLabel('Your work e-mail').fill(email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('heading', { name: 'Look in your mail' }).waitFor();
    await page.goto(await linkTo(it, email, 'open'));
  };
  await ask('fay@nordlicht.example');
  await page.getByRole('heading', { name: 'Your workplace is here already' }).waitFor();
  await shot(page, 'here-already');
  await ask('gus@southwind.example');
  await page.getByLabel('Name of your organisation').fill('Southwind');
  await page.getByLabel('Your name').fill('Gus');
  await page.getByLabel('Password').fill('purple ladder seagull');
  await fits(page);
  await shot(page, 'open');
  await page.getByRole('button', { name: 'Open the workplace' }).click();
  await page.waitForURL('**/home');
  await page.goto(`${server.url}/admin/domains`);
  await page.getByText('Allow-listed').waitFor();
  await shot(page, 'allow-listed');
}
