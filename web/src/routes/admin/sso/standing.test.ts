import { expect, test } from 'vitest';
import { GUIDES } from './guides';
import { standing } from './standing';

type P = Parameters<typeof standing>[0];
const off: P = { on: false, connection: null, domains: [], tested_at: null, test: null };
const connection = {} as NonNullable<P['connection']>;

test('a provider says what is still missing', () => {
  const tested = { works: false } as NonNullable<P['test']>;
  for (const [p, label] of [
    [off, 'Not connected yet'],
    [{ ...off, connection }, 'No domain yet'],
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
