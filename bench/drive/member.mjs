// Makes a person, follows the invitation as they would, and gives their id and session.
import { Client } from "./client.mjs";

let made = 0;

export async function member(admin, base) {
  const email = `bench-${process.pid}-${made++}@bench.example`;
  const person = await admin.json("POST", "/api/v1/people", { display_name: "Bench Person", email, invite: true });
  const { items } = await admin.json("GET", `/api/v1/outbox?q=${encodeURIComponent(email)}`);
  const letter = await admin.json("GET", `/api/v1/outbox/${items[0].id}`);
  const link = letter.links.map((l) => (typeof l === "string" ? l : l.url)).find((l) => l.includes("/claim/"));
  const token = new URL(link, base).pathname.split("/").pop();
  const nobody = new Client(base, { cookie: "none=1" });
  const answer = await nobody.ask("POST", `/api/v1/claims/${token}`, {
    password: "seven bridges over cold water",
    accept_terms: true,
  });
  nobody.close();
  if (answer.status >= 300) throw new Error(`claim: ${answer.status} ${answer.text}`);
  const cookie = answer.headers["set-cookie"].map((line) => line.split(";")[0]).join("; ");
  return { id: person.id, email, cookie };
}
