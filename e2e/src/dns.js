// A real name server that speaks for one zone; its TXT records can be set.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function startDns(zone) {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-dns-'));
  const port = await freePort();
  for (const name of ['run', 'db']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'zone'), `$ORIGIN ${zone}.\n$TTL 1\n@ SOA ns1 hostmaster 1 3600 600 86400 1\n@ NS ns1\nns1 A 192.0.2.53\n@ TXT "v=spf1 -all"\n`);
  const conf = join(folder, 'knot.conf');
  await writeFile(
    conf,
    `server:\n  rundir: ${folder}/run\n  listen: 127.0.0.1@${port}\ndatabase:\n  storage: ${folder}/db\nzone:\n  - domain: ${zone}\n    file: ${folder}/zone\n    zonefile-sync: -1\n    zonefile-load: difference-no-serial\n    journal-content: all\n`,
  );
  const child = spawn('knotd', ['-c', conf], { stdio: 'ignore', env });
  const control = (...words) => run('knotc', ['-s', join(folder, 'run/knot.sock'), ...words], { env });
  for (const until = Date.now() + 15_000; ; await sleep(100)) {
    const ready = await control('zone-read', zone, '@', 'SOA').then(() => true, () => false);
    if (ready) break;
    if (Date.now() > until) throw new Error('The name server does not answer: scripts/tools.sh tool_dns installs it');
  }
  async function setTxt(...values) {
    await control('zone-begin', zone);
    await control('zone-unset', zone, '@', 'TXT').catch(() => {});
    for (const value of values) await control('zone-set', zone, '@', '1', 'TXT', `"${value}"`);
    await control('zone-commit', zone);
  }
  async function stop() {
    const ended = child.exitCode === null ? once(child, 'exit') : null;
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
  return { address: `127.0.0.1:${port}`, setTxt, stop };
}
