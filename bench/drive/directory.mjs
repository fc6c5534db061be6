// Connects a directory, reads it the first time and applies, then reads what changed (nothing), then everybody again.
const [, , url, port, suffix] = process.argv;
const headers = { authorization: `Bearer ${process.env.GUILDHALL_TOKEN}`, 'content-type': 'application/json' };
const call = async (method, path, body) => {
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};
const pause = () => new Promise((done) => setTimeout(done, 20));
const rules = { email: 'mail', employee_id: 'employeeNumber', given_name: 'givenName', family_name: 'sn', display_name: 'cn', title: 'title' };
const settings = {
  kind: 'open_ldap', via: 'server', server: { host: '127.0.0.1', port: Number(port), security: 'none', ca: null, bind_dn: `cn=root,${suffix}` },
  base: suffix, group: null, invite: false, automatic: true, every_minutes: 15, full_hours: 24,
  mapping: { rules: Object.entries(rules).map(([field, attribute]) => ({ field, attribute })), manager: 'manager', photo: null },
};
const { id } = await call('POST', '/directories', { name: 'Bench', settings, password: 'secret' });

async function until(run, states) {
  for (;;) {
    const now = await call('GET', `/imports/${run}`);
    if (now.state === 'failed') throw new Error(now.error);
    if (states.includes(now.state)) return now;
    await pause();
  }
}
async function read(full) {
  const from = performance.now();
  const run = await call('POST', `/directories/${id}/runs`, { full });
  const planned = await until(run.id, ['planned', 'applied']);
  if (planned.state === 'planned') {
    await call('POST', `/imports/${run.id}/apply`, {});
    await until(run.id, ['applied']);
  }
  return { seconds: ((performance.now() - from) / 1000).toFixed(2), created: planned.counts.create };
}
const first = await read(false);
const nothing = await read(false);
const again = await read(true);
console.log(JSON.stringify({ first: first.seconds, created: first.created, nothing: nothing.seconds, again: again.seconds }));
