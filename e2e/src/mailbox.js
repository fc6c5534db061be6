// A real mail server that takes letters, and Python's mail reader to open them.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PATIENCE_MS = 15_000;
const root = new URL('../../', import.meta.url).pathname;
const python = join(resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'tools/venv-aiosmtpd/bin/python');
const reader = new URL('read_letter.py', import.meta.url).pathname;
const run = promisify(execFile);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startMailbox() {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-mailbox-'));
  // It ends when its standard input does: with us, however we end.
  const child = spawn(python, [join(root, 'crates/testkit/py/smtp_server.py'), '--dir', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'error').then(([error]) => Promise.reject(new Error(`scripts/tools.sh tool_aiosmtpd installs the mail server: ${error}`))),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The mail server ended (${code})`))),
  ]);
  const { port } = JSON.parse(line);
  const read = new Set();

  /** The next letter to `address` that was not read yet, as a mail reader sees it. */
  async function next(address) {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(50)) {
      const files = (await readdir(join(folder, 'new'))).filter((name) => name.endsWith('.eml') && !read.has(name)).sort();
      for (const name of files) {
        const { stdout } = await run(python, [reader, join(folder, 'new', name)]);
        const letter = JSON.parse(stdout);
        if (!letter.to.includes(address)) continue;
        read.add(name);
        return letter;
      }
    }
    throw new Error(`No letter came for ${address}`);
  }
  async function stop() {
    const ended = child.exitCode === null ? once(child, 'exit') : null;
    child.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
  return { url: `smtp://127.0.0.1:${port}`, next, stop };
}
