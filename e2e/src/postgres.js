// A private PostgreSQL: in a folder and on a port of its own, gone afterwards.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const INSTALLED = '/usr/lib/postgresql';
const run = promisify(execFile);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function startPostgres() {
  const version = (await readdir(INSTALLED)).sort((a, b) => Number(a) - Number(b)).at(-1);
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-e2e-pg-'));
  // PostgreSQL refuses to run as root.
  const root = process.getuid() === 0;
  const as = (name, args) => {
    const program = join(INSTALLED, version, 'bin', name);
    return root ? run('runuser', ['-u', 'postgres', '--', program, ...args], { cwd: folder }) : run(program, args, { cwd: folder });
  };
  if (root) {
    await chmod(folder, 0o711);
    await run('install', ['-d', '-m', '700', '-o', 'postgres', join(folder, 'pg')]);
  } else {
    await run('install', ['-d', '-m', '700', join(folder, 'pg')]);
  }
  const data = join(folder, 'pg', 'data');
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  await as('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N']);
  await as('pg_ctl', ['-D', data, '-l', join(folder, 'pg', 'log'), '-w', '-o', options, 'start']);
  const stop = async () => {
    await as('pg_ctl', ['-D', data, '-m', 'fast', '-w', 'stop']);
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}
