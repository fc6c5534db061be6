// Every story, one after the other, against the program named by $GUILDHALL.
import { mkdir } from 'node:fs/promises';
import { openPage, startBrowser } from './browser.js';
import { joining } from './joining.js';
import { notMe } from './notme.js';
import { openId } from './openid.js';
import { rules } from './rules.js';
import { leaving } from './leaving.js';
import { startServer } from './server.js';
import { requireSso } from './requiresso.js';
import { secondFactor } from './secondfactor.js';
import { singleSignOn } from './singlesignon.js';
import { screens } from './screens.js';
import { stories } from './stories.js';
import { walks } from './walks.js';
import { whole } from './whole.js';
import { withoutEmail } from './withoutemail.js';

const program = process.env.GUILDHALL;
if (!program) {
  console.error('Say in $GUILDHALL which program to test, such as GUILDHALL=../target/debug/guildhall');
  process.exit(2);
}
const output = new URL('../output/', import.meta.url).pathname;
await mkdir(output, { recursive: true });

let passed = 0;
let failed = 0;
const note = (title, error) => {
  if (error) failed += 1;
  else passed += 1;
  console.log(`${error ? 'FAILED' : 'ok'}  ${title}${error ? `\n${error.stack}` : ''}`);
};

const server = await startServer(program);
const browser = await startBrowser().catch(async (error) => {
  await server.stop();
  throw error;
});
for (const [title, story] of [...stories, ...walks, ...leaving, ...screens]) {
  const view = await openPage(browser, server.url);
  try {
    await story({ ...view, server, program, shot: (name) => view.page.screenshot({ path: `${output}${name}.png` }) });
    note(title);
  } catch (error) {
    note(title, error);
  }
  await view.close();
}
for (const [title, story] of [...joining, ...rules, ...withoutEmail, ...singleSignOn, ...openId, ...requireSso, ...secondFactor, ...notMe]) {
  await story({ program, browser, output }).then(() => note(title), (error) => note(title, error));
}
for (const database of ['SQLite', 'PostgreSQL']) {
  const title = `from an empty server to the day somebody leaves, on ${database}`;
  try {
    console.log(`    ${(await whole({ program, browser, database, output })).join('\n    ')}`);
    note(title);
  } catch (error) {
    note(title, error);
  }
}
await browser.close();
const how = await server.stop();
note('a stop is clean', how === 0 ? undefined : new Error(`It ended with ${how}:\n${server.log()}`));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
