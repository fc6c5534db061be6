import type { Provider } from '$lib/api/sso';
import { date } from '$lib/text/format';

type Certificate = NonNullable<Provider['connection']>['certificates'][number];
const called = (c: Certificate) => c.subject || c.fingerprint.slice(0, 16);

/** What would be another once what is being prepared is in force: only that, so that nobody looks for it. */
export function prepared(p: Pick<Provider, 'draft' | 'connection' | 'oidc' | 'settings'>): string {
  const d = p.draft;
  if (!d) return '';
  const changes: string[] = [];
  if (d.connection) {
    const had = p.connection?.certificates ?? [];
    const has = (all: Certificate[], one: Certificate) => all.some((c) => c.fingerprint === one.fingerprint);
    if (d.connection.entity_id !== p.connection?.entity_id) changes.push(`the entity id ${d.connection.entity_id}`);
    if (d.connection.sign_on_url !== p.connection?.sign_on_url) changes.push(`the log-in at ${d.connection.sign_on_url}`);
    for (const c of d.connection.certificates) if (!has(had, c)) changes.push(`the certificate ${called(c)} until ${date(c.not_after)}`);
    for (const c of had) if (!has(d.connection.certificates, c)) changes.push(`no certificate ${called(c)} any more`);
  }
  if (d.oidc) {
    if (d.oidc.issuer !== p.oidc?.issuer) changes.push(`the issuer ${d.oidc.issuer}`);
    if (d.oidc.client_id !== p.oidc?.client_id) changes.push(`the client ${d.oidc.client_id}`);
    if (d.oidc.secret_at !== p.oidc?.secret_at) changes.push(d.oidc.secret_at ? 'a new client secret' : 'no client secret');
  }
  if (d.address !== p.settings.address) changes.push(`the address is in ${d.address ?? 'its usual place'}`);
  return changes.join(', ') || 'another connection';
}
