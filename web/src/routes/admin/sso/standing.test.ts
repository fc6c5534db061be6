import { expect, test } from 'vitest';
import { ADDRESSES, GUIDES, guideOf } from './guides';
import { OPENID_GUIDES } from './openid';
import { prepared } from './prepared';
import { standing } from './standing';

type P = Parameters<typeof standing>[0];
const off: P = { on: false, connection: null, oidc: null, domains: [], tested_at: null, test: null };
const connection = {} as NonNullable<P['connection']>;

test('a provider says what is still missing', () => {
  const tested = { works: false } as NonNullable<P['test']>;
  for (const [p, label] of [
    [off, 'Not connected yet'],
    [{ ...off, connection }, 'No domain yet'],
    [{ ...off, oidc: {} as NonNullable<P['oidc']> }, 'No domain yet'],
    [{ ...off, connection, domains: ['a.example'] }, 'Not tested yet'],
    [{ ...off, connection, domains: ['a.example'], test: tested }, 'Test failed'],
    [{ ...off, connection, domains: ['a.example'], tested_at: '2026-01-01T00:00:00Z' }, 'Ready, off'],
    [{ ...off, on: true }, 'On'],
  ] as [P, string][])
    expect(standing(p).label).toBe(label);
});

test('every guide names both addresses that a provider needs, or our metadata', () => {
  for (const guide of GUIDES) {
    const all = guide.steps.join(' ');
    expect(all, guide.name).toContain('{entity}');
    if (guide.key !== 'adfs') expect(all, guide.name).toContain('{acs}');
  }
});

test('every guide for OpenID Connect names the redirect address, and no address that there is not', () => {
  for (const guide of OPENID_GUIDES) {
    const all = guide.steps.join(' ');
    expect(all, guide.name).toContain('{redirect}');
    expect(guide.issuer, guide.name).toMatch(/^https:\/\//);
    for (const [place] of all.matchAll(/\{[a-z]+\}/g)) expect(Object.keys(ADDRESSES.oidc)).toContain(place);
  }
});

test('a guide is the one that was chosen, else the one that the name tells', () => {
  expect(guideOf({ name: 'Okta', protocol: 'oidc' }, null).key).toBe('okta');
  expect(guideOf({ name: 'Okta', protocol: 'oidc' }, 'google').issuer).toBe('https://accounts.google.com');
  expect(guideOf({ name: 'Ours', protocol: 'oidc' }, 'adfs').key).toBe('other');
  expect(guideOf({ name: 'AD FS', protocol: 'saml' }, null).key).toBe('adfs');
});

test('what is being prepared is told by what differs', () => {
  type Q = Parameters<typeof prepared>[0];
  const cert = (fingerprint: string) => ({ fingerprint, subject: `CN=${fingerprint}`, not_before: '2026-01-01T00:00:00Z', not_after: '2027-02-25T00:00:00Z' });
  const saml = { entity_id: 'urn:a', sign_on_url: 'https://a/sso', certificates: [cert('old')] };
  const oidc = { issuer: 'https://op', client_id: 'hall', secret_at: '2026-01-01T00:00:00Z' };
  const of = (before: object, draft: object) => prepared({ connection: null, oidc: null, settings: { address: null }, ...before, draft: { connection: null, oidc: null, address: null, ...draft } } as unknown as Q);
  expect(of({ oidc }, { oidc: { ...oidc, secret_at: '2026-02-01T00:00:00Z' } })).toBe('a new client secret');
  expect(of({ oidc }, { oidc: { ...oidc, issuer: 'https://new' }, address: 'upn' })).toBe('the issuer https://new, the address is in upn');
  expect(of({ connection: saml }, { connection: { ...saml, sign_on_url: 'https://b/sso', certificates: [cert('new')] } })).toBe('the log-in at https://b/sso, the certificate CN=new until 25 Feb 2027, no certificate CN=old any more');
  expect(of({ connection: saml }, { connection: saml })).toBe('another connection');
});
