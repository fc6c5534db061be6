import { afterEach, expect, it, vi } from 'vitest';
import { careful, proofQuestion } from './proof.svelte';

const asks = () => new Response(JSON.stringify({ code: 'prove_yourself' }), { status: 409 });
const post = () => new Request('http://localhost/api/v1/tokens', { method: 'POST', body: '{"name":"T"}' });

afterEach(() => vi.unstubAllGlobals());

it('asks once for a proof, and sends the same again', async () => {
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(await request.text());
    return sent.length === 1 ? asks() : new Response('{}', { status: 201 });
  });
  const answered = careful(post());
  await vi.waitFor(() => expect(proofQuestion.open).toBe(true));
  proofQuestion.answer(true);
  expect((await answered).status).toBe(201);
  expect(sent).toEqual(['{"name":"T"}', '{"name":"T"}']);
  expect(proofQuestion.open).toBe(false);
});

it('gives the refusal to whoever says no, and asks for nothing else', async () => {
  vi.stubGlobal('fetch', async () => asks());
  const answered = careful(post());
  await vi.waitFor(() => expect(proofQuestion.open).toBe(true));
  proofQuestion.answer(false);
  expect((await answered).status).toBe(409);
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ code: 'brake' }), { status: 409 }));
  expect((await careful(post())).status).toBe(409);
  expect(proofQuestion.open).toBe(false);
});
