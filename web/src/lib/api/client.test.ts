import { beforeEach, describe, expect, it, vi } from 'vitest';
import { leave } from '../state/leave';
import { answer, api, filled, urlOf } from './client';
import { asProblem, Problem, problemFrom } from './problem';

vi.mock('../state/leave', () => ({ leave: vi.fn() }));

function serves(status: number, body: unknown, headers: Record<string, string> = {}) {
  vi.stubGlobal('fetch', vi.fn(async () => new Response(body === null ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })));
}
const refusal = () => answer(api.GET('/api/v1/me')).then(() => null, (e: unknown) => e as Problem);

beforeEach(() => vi.mocked(leave).mockClear());

describe('what the server refuses', () => {
  it('is told in its own sentence, field by field', async () => {
    serves(409, { title: 'Conflict', status: 409, code: 'email_taken', detail: 'Someone has this e-mail address already.', errors: [{ field: 'email', message: 'Taken.' }] });
    const problem = await refusal();
    expect(problem).toBeInstanceOf(Problem);
    expect(problem?.detail).toBe('Someone has this e-mail address already.');
    expect(problem?.byField).toEqual({ email: 'Taken.' });
  });

  it('leads to the log-in page when the session has ended', async () => {
    serves(401, { detail: 'Sign in.' });
    await refusal();
    expect(leave).toHaveBeenCalledOnce();
  });

  it('says when to try again', async () => {
    serves(429, {}, { 'Retry-After': '30' });
    expect((await refusal())?.detail).toContain('in 30 seconds');
  });

  it('is readable when a proxy answers in HTML', () => {
    expect(problemFrom(502, null).detail).toContain('502');
  });

  it('is readable when there is no server at all', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('Failed to fetch'); }));
    expect((await refusal())?.detail).toContain('cannot be reached');
    expect(asProblem(new RangeError('x')).code).toBe('unexpected');
  });
});

it('answers without a body are no error', async () => {
  serves(204, null);
  await expect(answer(api.DELETE('/api/v1/me/photo'))).resolves.toBeUndefined();
  expect(leave).not.toHaveBeenCalled();
});

it('leaves empty filters out of addresses', () => {
  expect(urlOf('/people/export', { q: 'Zoë & co', state: '', role: undefined, format: 'csv' })).toBe('/api/v1/people/export?q=Zo%C3%AB+%26+co&format=csv');
  expect(filled({ q: '', state: 'claimed', limit: 0 })).toEqual({ state: 'claimed', limit: 0 });
});
