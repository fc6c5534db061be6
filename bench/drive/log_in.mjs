// Logs people in by password as fast as it goes, while the people list is asked for now and then, and tells both.
import { readFileSync } from "node:fs";
import { Client, percentile, wait } from "./client.mjs";
import { member } from "./member.mjs";

const [base, file, bare] = process.argv.slice(2);
const [AT_ONCE, SECONDS, PAUSE] = [16, 20, 20];
const admin = new Client(base);

const run = await admin.json("POST", "/api/v1/imports?mode=add&name=people.csv", readFileSync(file), { "content-type": "text/csv" });
for (let state = ""; state !== "applied"; await wait(50)) {
  state = (await admin.json("GET", `/api/v1/imports/${run.id}`)).state;
  if (state === "planned") await admin.json("POST", `/api/v1/imports/${run.id}/apply`, {});
  if (state === "failed") throw new Error("the people file was refused");
}
const people = [];
for (let i = 0; i < AT_ONCE; i++) people.push(await member(admin, base));

/** The list, asked for until told to stop. */
async function lists(stop) {
  const [client, spent] = [new Client(base, { connections: 1 }), []];
  while (!stop()) {
    const answer = await client.ask("GET", "/api/v1/people");
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text.slice(0, 300)}`);
    spent.push(answer.ms);
    await wait(PAUSE);
  }
  client.close();
  return spent;
}

let over = false;
const until = (ms) => {
  over = false;
  setTimeout(() => (over = true), ms);
};
const stop = () => over;

await Promise.all([until(2000), lists(stop)]);
until(SECONDS * 1000);
const idle = await lists(stop);

let done = 0;
async function logsIn({ email, cookie }) {
  const browser = new Client(base, { cookie: cookie.split("; ").filter((one) => !one.startsWith("guildhall=")).join("; ") || "none=1" });
  while (!over) {
    const answer = await browser.ask("POST", "/api/v1/sessions", { email, password: "seven bridges over cold water" });
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text.slice(0, 300)}`);
    done++;
  }
  browser.close();
}
const from = performance.now();
until(SECONDS * 1000);
const [busy] = await Promise.all([lists(stop), ...people.map(logsIn)]);
const rate = (done * 1000) / (performance.now() - from);
admin.close();

const tell = (...line) => console.log(line.join("\t"));
const [before, meanwhile] = [percentile(idle, 0.99), percentile(busy, 0.99)];
tell("Log-ins by password", rate.toFixed(1), "a second");
tell("Log-ins, to bare Argon2id", (rate / Number(bare)).toFixed(2), "times", "wanted: 0.90 or more");
tell("People list before", before.toFixed(1), "ms p99", `p50 ${percentile(idle, 0.5).toFixed(1)} ms`);
tell("People list meanwhile", meanwhile.toFixed(1), "ms p99", `p50 ${percentile(busy, 0.5).toFixed(1)} ms`);
tell("People list, meanwhile to before", (meanwhile / before).toFixed(2), "times", "wanted: less than 2");
