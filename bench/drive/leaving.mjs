// Deactivates people one by one while their sessions ask as fast as they can. The time is from the moment the
// deactivation is asked for to the last answer that let the person in.
import { Client, percentile } from "./client.mjs";
import { member } from "./member.mjs";

const [base, count] = process.argv.slice(2);
const admin = new Client(base);
const last = [];
for (let i = 0; i < Number(count); i++) {
  const { id, cookie } = await member(admin, base);
  const browser = new Client(base, { cookie, connections: 8 });
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
  await admin.json("POST", `/api/v1/people/${id}/deactivate`, {});
  await Promise.all(asking);
  last.push(Math.max(0, accepted - from));
  browser.close();
}
console.log(
  ["Deactivation to the last accepted request", percentile(last, 0.5).toFixed(1), percentile(last, 0.99).toFixed(1)].join("\t"),
);
admin.close();
