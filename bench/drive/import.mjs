// Uploads a people file, waits for its plan, applies it, waits for the end. Prints the seconds of each as JSON.
import fs from "node:fs";
import http from "node:http";
import { Client, wait } from "./client.mjs";

const [base, file, expected] = process.argv.slice(2);
const client = new Client(base);

function upload() {
  const url = new URL(`/api/v1/imports?mode=add&file_name=people.csv`, base);
  return new Promise((resolve, reject) => {
    const headers = { ...client.headers, "content-type": "text/csv", "content-length": fs.statSync(file).size };
    const request = http.request(url, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("end", () =>
        answer.statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(`${answer.statusCode} ${text}`)),
      );
    });
    request.on("error", reject);
    fs.createReadStream(file).pipe(request);
  });
}

async function until(id, wanted) {
  for (;;) {
    const run = await client.json("GET", `/api/v1/imports/${id}`);
    if (run.state === wanted) return run;
    if (["failed", "cancelled"].includes(run.state)) throw new Error(`the import is ${run.state}: ${run.error}`);
    if (run.state === "mapping") {
      const columns = run.mapping.columns.map(({ index, field }) => ({ index, field }));
      await client.json("PUT", `/api/v1/imports/${id}/mapping`, { columns, options: { invite: false } });
    }
    await wait(25);
  }
}

const from = performance.now();
const { id } = await upload();
const uploaded = performance.now();
const plan = await until(id, "planned");
const planned = performance.now();
if (plan.counts.create !== Number(expected)) throw new Error(`planned ${JSON.stringify(plan.counts)}, not ${expected}`);
await client.json("POST", `/api/v1/imports/${id}/apply`, {});
await until(id, "applied");
const applied = performance.now();
const seconds = (a, b) => ((b - a) / 1000).toFixed(2);
console.log(
  JSON.stringify({
    upload: seconds(from, uploaded),
    plan: seconds(uploaded, planned),
    apply: seconds(planned, applied),
    total: seconds(from, applied),
  }),
);
client.close();
