// Drives a SCIM server: BASE TOKEN [own]. Prints name, value, unit, remark. `own`: the parts that have no peer, too.
import { Client } from './client.mjs';

const [base, token, own] = process.argv.slice(2);
const COUNT = 2000;
const HANDS = 32;
const client = new Client(base, { token, connections: 64 });
const headers = { 'content-type': 'application/scim+json' };
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const ask = (method, path, body) => client.json(method, base + path, body, headers);
const person = (name) => ({ schemas: [USER], userName: `${name}@bench.example`, displayName: `Person ${name}`, active: true,
  name: { givenName: 'Person', familyName: name }, emails: [{ value: `${name}@bench.example`, type: 'work', primary: true }] });

/** `count` times `each`, by so many at once; gives how many a second. */
async function rate(count, each) {
  let next = 0;
  const from = performance.now();
  await Promise.all(Array.from({ length: HANDS }, async () => {
    while (next < count) await each(next++);
  }));
  return count / ((performance.now() - from) / 1000);
}
const tell = (name, value, unit, remark) => console.log([name, value, unit, remark].join('\t'));

const ids = [];
tell('create', Math.round(await rate(COUNT, async (n) => { ids[n] = (await ask('POST', '/Users', person(`p${n}`))).id; })), '/s', `${HANDS} at once`);
tell('patch', Math.round(await rate(COUNT, (n) => ask('PATCH', `/Users/${ids[n]}`, { schemas: [PATCH], Operations: [{ op: 'replace', path: 'title', value: `T${n}` }] }))), '/s', '');
tell('filtered list', Math.round(await rate(COUNT, (n) => ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "p${n}@bench.example"`)}`))), '/s', `among ${COUNT}`);
if (own) {
  const took = [];
  const waits = [];
  const from = performance.now();
  for (let n = 0; n < 2000; n++) {
    const due = from + n * 5;
    if (due > performance.now()) await new Promise((done) => setTimeout(done, due - performance.now()));
    const began = performance.now();
    waits.push(ask('POST', '/Users', person(`q${n}`)).then(() => took.push(performance.now() - began)));
  }
  await Promise.all(waits);
  took.sort((a, b) => a - b);
  tell('create at 200/s', took[Math.floor(took.length * 0.99)].toFixed(1), 'ms p99', 'wanted: 20 or less');
  await rate(8000, async (n) => { ids[COUNT + n] = (await ask('POST', '/Users', person(`r${n}`))).id; });
  const group = await ask('POST', '/Groups', { schemas: [GROUP], displayName: 'Everybody' });
  const began = performance.now();
  await ask('PATCH', `/Groups/${group.id}`, { schemas: [PATCH], Operations: [{ op: 'add', path: 'members', value: ids.slice(0, 10000).map((value) => ({ value })) }] });
  tell('a group PATCH with 10,000 members', ((performance.now() - began) / 1000).toFixed(2), 's', 'wanted: below 1');
}
client.close();
