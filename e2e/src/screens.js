// Every screen as an admin meets it with 2,000 people and the longest of names: at both widths, in light and dark.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const LONG_NAME = 'Maximiliana-Theodora Oberhuber-Freytag von Schwarzenbach-Lang';
const LONG_DEPARTMENT = 'Interdisciplinary Research, Development and Quality Assurance';
const LONG_GROUP = 'Everybody who helps to prepare the summer party in Düsseldorf';
const PLACES = ['Kraków', 'Porto', 'Ghent', 'Lyon', 'Leeds'];
const DEPARTMENTS = ['Finance', 'Production', 'Sales', 'Logistics', LONG_DEPARTMENT];

function peopleFile() {
  const rows = ['Email,Employee ID,Display name,Job title,Department,Location,Manager email'];
  for (let n = 1; n <= 2000; n += 1) {
    const name = n === 1 ? LONG_NAME : `Person ${n}`;
    const manager = n === 1 ? '' : `p${Math.floor(n / 8) || 1}@example.com`;
    const department = DEPARTMENTS[n % DEPARTMENTS.length];
    rows.push(`p${n}@example.com,${n},${name},Specialist,"${department}",${PLACES[n % PLACES.length]},${manager}`);
  }
  return rows.join('\n');
}

async function answer(response) {
  assert.ok(response.ok(), `${response.status()} ${response.url()}: ${await response.text()}`);
  return response.json();
}

/** Logs in and fills the workplace; answers every address there is to look at. */
async function prepare({ page, server, program }) {
  const api = `${server.url}/api/v1`;
  const file = join(server.data, 'screens.csv');
  await writeFile(file, peopleFile());
  await promisify(execFile)(program, ['import', file, '--data', server.data, '--yes', '--json']);
  await page.goto(`${server.url}/login`);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill('correct lantern mussel');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/home');
  const group = await answer(await page.request.post(`${api}/groups`, { data: { name: LONG_GROUP, kind: 'teams', privacy: 'closed' } }));
  const { items } = await answer(await page.request.get(`${api}/people?q=Maximiliana`));
  const [run] = (await answer(await page.request.get(`${api}/imports`))).items;
  const person = items[0].id;
  await answer(await page.request.post(`${api}/groups/${group.id}/members`, { data: { ids: [person] } }));
  const answered = await page.request.post(`${api}/people/${person}/invite`, { data: {} });
  assert.ok(answered.ok(), await answered.text());
  // Nothing answers there: its page says what went wrong.
  const settings = {
    kind: 'open_ldap', via: 'server', server: { host: '127.0.0.1', port: 1, security: 'ldaps', ca: null, bind_dn: 'cn=sync,ou=services,dc=oberhuber-freytag-von-schwarzenbach,dc=example' },
    base: 'ou=people,dc=oberhuber-freytag-von-schwarzenbach,dc=example', group: null, invite: false, automatic: true, every_minutes: 15, full_hours: 24,
    mapping: { rules: [{ field: 'email', attribute: 'mail' }], manager: 'manager', photo: null },
  };
  const directory = await answer(await page.request.post(`${api}/directories`, { data: { name: LONG_GROUP, settings, password: 'secret' } }));
  await answer(await page.request.post(`${api}/directories/${directory.id}/runs`, { data: {} }));
  const plain = 'home people org groups me me/security admin admin/people admin/people/new admin/import admin/invitations admin/requests admin/domains admin/codes';
  const leaver = await answer(await page.request.get(`${api}/people?q=Person 2000`));
  await answer(await page.request.post(`${api}/people/${leaver.items[0].id}/deactivate`));
  const [leaving] = (await answer(await page.request.get(`${api}/leavers`))).items;
  const more = 'admin/leavers admin/groups admin/roles admin/audit admin/outbox admin/sign-ins admin/connectors admin/tokens admin/sso admin/sso/require admin/kiosks admin/settings my-people';
  const own = [`people/${person}`, `groups/${group.id}`, `admin/people/${person}`, `admin/groups/${group.id}`, `admin/leavers/${leaving.id}`, `admin/import/${run.id}`, 'admin/directories', 'admin/directories/new', `admin/directories/${directory.id}`];
  return [...plain.split(' '), ...more.split(' '), ...own];
}

/** What is wrong with the screen that is open, in words; nothing when all is well. */
async function faults(page, axe, colorScheme) {
  const found = [];
  await page.evaluate(axe);
  // A colour scheme changes colours alone: the second look is at these.
  const rules = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, rules), rules);
  for (const { id, nodes } of violations) found.push(`axe ${id}: ${nodes[0].html.slice(0, 160)} (${nodes[0].failureSummary})`);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (beyond > 0) found.push(`${beyond} px wider than the window`);
  return found;
}

/** Nothing moves, nothing loads, and all that the screen is to show stands there. */
async function settle(page) {
  await page.locator('main h1').first().waitFor();
  // Below a list, grey lines stand for the rows that scrolling will bring.
  await page.locator('main:not(:has(table, .cards)) .skeleton').first().waitFor({ state: 'hidden' });
  await page.waitForFunction(() => {
    const moving = document.getAnimations().some((animation) => animation.playState !== 'finished');
    return !moving && !document.querySelector('[aria-busy="true"]') && document.fonts.status === 'loaded';
  });
}

async function everyScreen(it) {
  const { page, server, shot } = it;
  const paths = await prepare(it);
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const found = [];
  let where = '';
  page.on('console', (message) => message.type() === 'error' && found.push(`${where}: ${message.text()}`));
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const path of paths) {
        const name = path.replace(/[0-9a-f]{8}-[0-9a-f-]+/, 'one').replaceAll('/', '-');
        where = `${name} at ${width} px, ${colorScheme}`;
        await page.goto(`${server.url}/${path}`);
        await settle(page);
        found.push(...(await faults(page, axe, colorScheme)).map((fault) => `${where}: ${fault}`));
        await shot(`screen-${name}-${width}-${colorScheme}`);
      }
    }
  }
  assert.deepEqual(found, []);
}

export const screens = [
  ['every screen fits, can be read by everyone and is silent, at both widths, in light and dark, with 2,000 people', everyScreen],
];
