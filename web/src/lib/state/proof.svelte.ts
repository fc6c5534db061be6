/** Before something dangerous the server asks for a proof that it is still the same person: a dialog asks for it, and the request goes again. */
class ProofQuestion {
  open = $state(false);
  #answers: ((proven: boolean) => void)[] = [];

  ask(): Promise<boolean> {
    this.open = true;
    return new Promise((resolve) => this.#answers.push(resolve));
  }
  answer(proven: boolean): void {
    this.open = false;
    for (const answer of this.#answers.splice(0)) answer(proven);
  }
}

export const proofQuestion = new ProofQuestion();

async function asksForProof(response: Response): Promise<boolean> {
  if (response.status !== 409) return false;
  const body: unknown = await response.clone().json().catch(() => null);
  return typeof body === 'object' && body !== null && (body as { code?: unknown }).code === 'prove_yourself';
}

/** Sends a request, and once more when the person had to show first that it is them. */
export async function careful(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (!(await asksForProof(response)) || !(await proofQuestion.ask())) return response;
  return globalThis.fetch(again);
}
