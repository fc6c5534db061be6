// Starts a domain controller full of people, connects it, reads it the first time and applies; then what changed (nothing,
// 100 people, 50 leavers), then everybody again.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [, , url, program, count] = process.argv;
const headers = { authorization: `Bearer ${process.env.GUILDHALL_TOKEN}`, 'content-type': 'application/json' };
const call = async (method, path, body) => {
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};
const pause = () => new Promise((done) => setTimeout(done, 20));

const samba = spawn(program, [count], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: samba.stdout })[Symbol.asyncIterator]();
const line = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error('The domain controller stopped.');
  return value;
};
const ask = async (word) => {
  samba.stdin.write(`${word}\n`);
  await line();
};

async function until(run, states) {
  for (;;) {
    const now = await call('GET', `/imports/${run}`);
    if (now.state === 'failed') throw new Error(now.error);
    if (states.includes(now.state)) return now;
    await pause();
  }
}
async function read(id, full) {
  const from = performance.now();
  const run = await call('POST', `/directories/${id}/runs`, { full });
  let now = await until(run.id, ['planned', 'applied']);
  if (now.state === 'planned') {
    await call('POST', `/imports/${run.id}/apply`, {});
    now = await until(run.id, ['applied']);
  }
  return { seconds: ((performance.now() - from) / 1000).toFixed(2), counts: now.counts };
}

try {
  const place = JSON.parse(await line());
  const { items } = await call('GET', '/directories/presets');
  const { mapping } = items.find((preset) => preset.kind === 'active_directory');
  const settings = {
    kind: 'active_directory', via: 'server', server: { host: place.address, port: null, security: 'ldaps', ca: place.ca, bind_dn: place.bind_dn },
    base: place.base, group: null, invite: false, automatic: true, every_minutes: 15, full_hours: 24, mapping,
  };
  const { id } = await call('POST', '/directories', { name: 'Bench', settings, password: place.password });
  const first = await read(id, false);
  const nothing = await read(id, false);
  await ask('change');
  const changes = await read(id, false);
  await ask('leave');
  const leavers = await read(id, false);
  const again = await read(id, true);
  console.log(JSON.stringify({
    first: first.seconds, created: first.counts.create, nothing: nothing.seconds, changes: changes.seconds,
    updated: changes.counts.update, leavers: leavers.seconds, deactivated: leavers.counts.deactivate, again: again.seconds,
  }));
} finally {
  samba.stdin.end();
}
