// Deactivates people one by one through each source, while their sessions ask as fast as they can and a page of theirs is
// open. The times are from the moment the source acts to the last answer that let the person in, and to the last byte that
// the open page was given.
import { execFile } from "node:child_process";
import http from "node:http";
import { promisify } from "node:util";
import { Client, percentile, wait } from "./client.mjs";
import { member } from "./member.mjs";

const [base, count, program, data, scimToken] = process.argv.slice(2);
const admin = new Client(base);
const scim = new Client(base, { token: scimToken });
// The program refuses settings that it does not know.
const { GUILDHALL_TOKEN: _, ...env } = process.env;
const run = (file, args) => promisify(execFile)(file, args, { env });

/** Waits for a run of a list or of a directory; says yes where it asks. */
async function applied({ id }) {
  for (;;) {
    const answer = await admin.ask("GET", `/api/v1/imports/${id}`);
    // A run that has nothing to do is forgotten.
    if (answer.status === 404) return;
    const now = JSON.parse(answer.text);
    if (now.state === "applied") return;
    if (now.state === "planned") await admin.json("POST", `/api/v1/imports/${id}/apply`, { confirm_brake: true });
    if (now.state === "failed") throw new Error(JSON.stringify(now));
    await wait(2);
  }
}

// Forty within the hour are more than the brake of a connector lets.
await admin.json("PATCH", "/api/v1/workplace", { settings: { brake_percent: 100 } });

const settings = {
  kind: "open_ldap", via: "agent", server: { host: "127.0.0.1", port: 1, security: "ldaps", ca: null, bind_dn: "cn=agent" },
  base: "dc=example", group: null, invite: false, automatic: true, every_minutes: 15, full_hours: 24,
  mapping: { rules: [{ field: "email", attribute: "mail" }], manager: null, photo: null },
};
const directory = await admin.json("POST", "/api/v1/directories", { name: "Bench", settings, password: "secret" });
const push = async (person) => {
  const lines = [JSON.stringify({ kind: "person", ...person }), JSON.stringify({ kind: "end", lines: 1 }), ""].join("\n");
  const type = { "content-type": "application/x-ndjson" };
  return admin.json("POST", `/api/v1/directories/${directory.id}/push`, Buffer.from(lines), type);
};

const SOURCES = {
  "an admin": { end: ({ id }) => admin.json("POST", `/api/v1/people/${id}/deactivate`, {}) },
  SCIM: {
    end: async ({ id }) => {
      const body = { Operations: [{ op: "Replace", path: "active", value: "False" }] };
      const answer = await scim.ask("PATCH", `/scim/v2/Users/${id}`, body);
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    },
  },
  "a people file": {
    end: async ({ email }) => {
      const file = Buffer.from(`Email\n${email}\n`);
      await applied(await admin.json("POST", "/api/v1/imports?mode=leavers&name=leavers.csv", file, { "content-type": "text/csv" }));
    },
  },
  "a directory": {
    begin: async (who) => applied(await push({ key: who.id, dn: `uid=${who.id},dc=example`, values: { email: who.email } })),
    end: async (who) => applied(await push({ key: who.id, dn: `uid=${who.id},dc=example`, values: { email: who.email }, left: "disabled" })),
  },
  "the command line": { end: ({ id }) => run(program, ["account", "deactivate", id, "--data", data]) },
};

/** An open page: when its last byte came, once it is cut. */
function page(cookie) {
  let last = 0;
  return new Promise((open, fail) => {
    const request = http.get(new URL("/api/v1/events", base), { headers: { cookie, "sec-fetch-site": "same-origin" } }, (answer) => {
      const cut = new Promise((done) => answer.on("end", () => done(performance.now())));
      answer.on("data", () => (last = performance.now()));
      open({ cut: cut.then((end) => last || end) });
    });
    request.on("error", fail);
  });
}

for (const [name, source] of Object.entries(SOURCES)) {
  const [requests, bytes] = [[], []];
  for (let i = 0; i < Number(count); i++) {
    const who = await member(admin, base);
    if (source.begin) await source.begin(who);
    const stream = await page(who.cookie);
    const browser = new Client(base, { cookie: who.cookie, connections: 8 });
    let accepted = 0;
    const ask = async () => {
      for (;;) {
        const answer = await browser.ask("GET", "/api/v1/me");
        if (answer.status !== 200) return;
        accepted = performance.now();
      }
    };
    const asking = Array.from({ length: 8 }, ask);
    while (accepted === 0) await new Promise(setImmediate);
    const from = performance.now();
    await source.end(who);
    await Promise.all(asking);
    requests.push(Math.max(0, accepted - from));
    bytes.push(Math.max(0, (await stream.cut) - from));
    browser.close();
  }
  const told = (what, values) => console.log([`Leaver by ${name}, to the last ${what}`, percentile(values, 0.5).toFixed(1), percentile(values, 0.99).toFixed(1)].join("\t"));
  told("accepted request", requests);
  told("byte of an open page", bytes);
}
admin.close();
scim.close();
