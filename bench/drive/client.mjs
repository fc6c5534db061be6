// A small client for the benchmarks: JSON over kept connections, and what is made of many times.
import http from "node:http";

export class Client {
  constructor(base, { token = process.env.GUILDHALL_TOKEN, cookie, connections = 4 } = {}) {
    this.base = new URL(base);
    this.headers = cookie ? { cookie, "sec-fetch-site": "same-origin" } : { authorization: `Bearer ${token}` };
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  // Resolves to { status, headers, text, ms }, whatever the status.
  ask(method, path, body, headers = {}) {
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const type = bytes && !Buffer.isBuffer(body) ? { "content-type": "application/json" } : {};
    const length = bytes ? { "content-length": bytes.length } : {};
    return new Promise((resolve, reject) => {
      const from = performance.now();
      const request = http.request(
        new URL(path, this.base),
        { method, agent: this.agent, headers: { ...this.headers, ...type, ...length, ...headers } },
        (answer) => {
          const parts = [];
          answer.on("data", (part) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({
              status: answer.statusCode,
              headers: answer.headers,
              text: Buffer.concat(parts).toString(),
              ms: performance.now() - from,
            }),
          );
        },
      );
      request.on("error", reject);
      request.end(bytes);
    });
  }

  // The JSON of a good answer; anything else is an error that says what came.
  async json(method, path, body, headers) {
    const answer = await this.ask(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer.text ? JSON.parse(answer.text) : null;
  }

  close() {
    this.agent.destroy();
  }
}

export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The same numbers every run.
export function chance(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
