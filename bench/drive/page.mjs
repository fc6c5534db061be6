// What a real browser loads, compressed and with nothing cached: the log-in page, and the app as a person opens it.
import { createRequire } from "node:module";
import { Client } from "./client.mjs";
import { member } from "./member.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");
const base = process.argv[2];
const admin = new Client(base);
const { cookie } = await member(admin, base);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function load(name, path, cookies) {
  const context = await browser.newContext();
  await context.addCookies(cookies);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  let bytes = 0;
  let requests = 0;
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await page.goto(new URL(path, base).href, { waitUntil: "load" });
  await page.locator("h1").first().waitFor();
  // An open event stream never lets the network be idle: what arrives within the second after the heading counts.
  await page.waitForTimeout(1000);
  console.log([name, bytes, requests].join("\t"));
  await context.close();
}

const cookies = cookie.split("; ").map((pair) => {
  const at = pair.indexOf("=");
  return { name: pair.slice(0, at), value: pair.slice(at + 1), url: base };
});
await load("First load of the log-in page", "/login", []);
await load("First load of the app", "/home", cookies);
await browser.close();
admin.close();
