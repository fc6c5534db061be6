// The real program, on a port that the system gives, with a data folder that is gone afterwards.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 60_000;

/** `settings` are more of the environment, such as where letters go. */
export async function startServer(program, settings = {}) {
  const data = await mkdtemp(join(tmpdir(), 'guildhall-e2e-'));
  const child = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0'], {
    env: { PATH: process.env.PATH, GUILDHALL_METRICS_LISTEN: '127.0.0.1:0', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const find = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The server did not say ${pattern}:\n${said}`)), PATIENCE_MS);
      const look = () => {
        const found = said.match(pattern);
        if (!found) return;
        clearTimeout(timer);
        resolve(found[1]);
      };
      child.stderr.on('data', look);
      ended.then((how) => reject(new Error(`The server ended (${how}):\n${said}`)));
      look();
    });
  child.stderr.on('data', (chunk) => (said += chunk));
  const stop = async () => {
    child.kill('SIGTERM');
    const how = await ended;
    await rm(data, { recursive: true, force: true });
    return how;
  };
  try {
    const metrics = await find(/(http:\/\/[\d.:]+\/metrics)/);
    const port = await find(/Guildhall listens on [\d.]+:(\d+)/);
    return { url: `http://localhost:${port}`, data, metrics, stop, log: () => said };
  } catch (error) {
    child.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}
