// Asks for lists and searches as the admin panel does, one after the other, and prints name, p50 and p99 in ms.
import { Client, chance, percentile } from "./client.mjs";

const client = new Client(process.argv[2], { connections: 1 });
const times = Number(process.env.TIMES ?? 1000);
const random = chance(1);

// Beginnings of names that are there, as they are typed: short and long, with and without accents.
const names = ["an", "mül", "gonz", "łuk", "o'b", "marie", "josé gar", "van den", "wójcik", "jean-b", "kowal", "s", "emma de jong"];
const states = ["uninvited", "deactivated", "claimed"];

async function measure(name, path) {
  const spent = [];
  for (let i = 0; i < times; i++) {
    const answer = await client.ask("GET", path(i));
    if (answer.status !== 200) throw new Error(`${path(i)}: ${answer.status} ${answer.text.slice(0, 300)}`);
    spent.push(answer.ms);
  }
  console.log([name, percentile(spent, 0.5).toFixed(1), percentile(spent, 0.99).toFixed(1)].join("\t"));
}

const q = (text) => encodeURIComponent(text);
await measure("People: first page", () => "/api/v1/people");

let next = null;
const walk = [];
for (let i = 0; i < times; i++) {
  const answer = await client.ask("GET", `/api/v1/people?limit=100${next ? `&after=${q(next)}` : ""}`);
  walk.push(answer.ms);
  next = JSON.parse(answer.text).next;
}
console.log(["People: page after page of 100", percentile(walk, 0.5).toFixed(1), percentile(walk, 0.99).toFixed(1)].join("\t"));

await measure("People: search as typed", () => `/api/v1/people?q=${q(names[random(names.length)])}`);
await measure("People: of one state", () => `/api/v1/people?state=${states[random(states.length)]}`);
const { items } = await client.json("GET", "/api/v1/people/facets?field=department");
const department = () => items[random(items.length)].value;
await measure("People: of one department", () => `/api/v1/people?department=${q(department())}`);
await measure("People: search within a department", () => `/api/v1/people?department=${q(department())}&q=${q(names[random(names.length)])}`);
client.close();
