// What a person, a program and an operator meet. Each story has a page of its own.
import assert from 'node:assert/strict';

const story = (title, tell) => [title, tell];

export const stories = [
  story('the first person opens the workplace and logs in, on pages in its own type from this server only', async (it) => {
    const { page, server, strays, violations, shot } = it;
    const response = await page.goto(`${server.url}/`);
    assert.equal(response.status(), 200);
    const policy = response.headers()['content-security-policy'];
    for (const part of ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part));
    await page.getByRole('heading', { name: 'Open your workplace' }).waitFor();
    assert.equal(await page.title().then((title) => title.includes('Guildhall')), true);
    assert.equal(await page.evaluate(() => document.fonts.ready.then(() => document.fonts.size > 0)), true);
    await shot('front-page');

    await page.getByLabel('Name of your organisation').fill('Łódź & Søn');
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('Your e-mail').fill('ada@example.com');
    await page.getByLabel('Password').fill('password1234');
    await page.getByRole('button', { name: 'Open the workplace' }).click();
    await page.getByRole('alert').filter({ hasText: 'very common password' }).waitFor();
    assert.equal(await page.getByLabel('Your name').inputValue(), 'Ada Lovelace');
    await shot('weak-password');
    await page.getByLabel('Password').fill('correct lantern mussel');
    await page.getByRole('button', { name: 'Open the workplace' }).click();
    await page.waitForURL('**/home');
    const me = await (await page.request.get(`${server.url}/api/v1/me`)).json();
    assert.deepEqual([me.workplace.name, me.account.role], ['Łódź & Søn', 'system_admin']);

    await page.context().clearCookies();
    await page.goto(`${server.url}/login?next=/groups`);
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel('Password').fill('a wrong one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: "don't go together" }).waitFor();
    await shot('wrong-password');
    await page.getByLabel('Password').fill('correct lantern mussel');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('**/groups');
    assert.deepEqual(strays, []);
    assert.deepEqual(violations, []);
  }),

  story('an address of the app can be opened directly, one that is not ours says 404', async ({ page, server }) => {
    assert.equal((await page.request.get(`${server.url}/admin/people`)).status(), 200);
    assert.equal((await page.request.get(`${server.url}/wp-login.php`)).status(), 404);
  }),

  story('files with a hash in their name are kept for ever, the page is asked for anew', async ({ page, server }) => {
    const front = await page.request.get(`${server.url}/`);
    assert.equal(front.headers()['cache-control'], 'no-cache');
    const [script] = (await front.text()).match(/\/assets\/index-[^"]+\.js/);
    const file = await page.request.get(server.url + script);
    assert.match(file.headers()['cache-control'], /immutable/);
    assert.match(file.headers()['content-type'], /javascript/);
    assert.ok(['br', 'gzip'].includes(file.headers()['content-encoding']));
    const again = await page.request.get(`${server.url}/`, { headers: { 'If-None-Match': front.headers().etag } });
    assert.equal(again.status(), 304);
  }),

  story('an operator sees that it lives, can work, and what it did', async ({ page, server }) => {
    for (const path of ['/healthz', '/readyz']) assert.equal((await page.request.get(server.url + path)).status(), 200);
    const metrics = await (await page.request.get(server.metrics)).text();
    assert.match(metrics, /guildhall_http_requests_total\{method="GET",route="\/healthz",status="200"\} \d/);
    assert.equal((await page.request.get(`${server.url}/metrics`)).status(), 404);
  }),

  story('the API describes itself', async ({ page, server }) => {
    const api = await (await page.request.get(`${server.url}/api/openapi.json`)).json();
    assert.match(api.openapi, /^3\.1/);
    assert.ok(api.paths['/healthz'].get);
  }),

  story('an address of the API that is not there is a problem with a sentence', async ({ page, server }) => {
    const response = await page.request.get(`${server.url}/api/v1/nothing-here`);
    assert.equal(response.status(), 404);
    assert.equal(response.headers()['content-type'], 'application/problem+json');
    assert.ok(response.headers()['x-request-id']);
    const problem = await response.json();
    assert.deepEqual([problem.status, problem.code], [404, 'not_found']);
    assert.match(problem.detail, /nothing at this address/);
  }),

  story('what another site sends is refused before anything is done', async ({ page, server }) => {
    const headers = { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' };
    const response = await page.request.post(`${server.url}/api/v1/nothing-here`, { headers, data: {} });
    assert.equal(response.status(), 403);
    assert.equal((await response.json()).code, 'other_site');
  }),

  story('a wrong method is told which is right', async ({ page, server }) => {
    const response = await page.request.delete(`${server.url}/healthz`);
    assert.equal(response.status(), 405);
    assert.match(response.headers().allow, /GET/);
    assert.equal((await response.json()).code, 'method_not_allowed');
  }),
];
