// Debian's Chromium, and a page that notes whatever a person should never meet.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page of its own; `strays` are requests to other origins, `violations` what the policy forbade. */
export async function openPage(browser, origin, viewport = { width: 1280, height: 800 }, more = {}) {
  const context = await browser.newContext({ viewport, ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const strays = [];
  const violations = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) strays.push(request.url());
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) violations.push(message.text());
  });
  page.on('pageerror', (error) => violations.push(`an error on the page: ${error.message}`));
  return { page, strays, violations, close: () => context.close() };
}

/** A device with a fingerprint reader that always says yes. */
export async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return cdp;
}

/** Nothing is wider than the window, once its style is there: a page of a form has its text before that. */
export async function fits(page) {
  await page.waitForLoadState();
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${page.url()} is ${over} px too wide`);
}
