import type { Provider } from '$lib/api/sso';
import type { Tone } from '$lib/text/labels';

/** How far a provider is, in a word. */
export function standing(p: Pick<Provider, 'on' | 'connection' | 'oidc' | 'domains' | 'tested_at' | 'test'>): { label: string; tone: Tone } {
  if (p.on) return { label: 'On', tone: 'good' };
  if (!p.connection && !p.oidc) return { label: 'Not connected yet', tone: 'warn' };
  if (p.domains.length === 0) return { label: 'No domain yet', tone: 'warn' };
  if (p.test && !p.test.works) return { label: 'Test failed', tone: 'bad' };
  return p.tested_at ? { label: 'Ready, off', tone: 'info' } : { label: 'Not tested yet', tone: 'warn' };
}
