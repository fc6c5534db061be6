/** What the server said when it refused, ready to be shown to a person. */
export interface FieldProblem {
  field: string | null;
  message: string;
  line?: number | null;
  column?: string | null;
  value?: string | null;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** A sentence that says what to do. */
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
  ) {
    super(detail);
    this.name = 'Problem';
  }

  /** The messages of the fields of a form, by field name. */
  get byField(): Record<string, string> {
    return Object.fromEntries(this.errors.flatMap((e) => (e.field ? [[e.field, e.message]] : [])));
  }
}

const SENTENCES: Record<number, string> = {
  403: 'You do not have permission to do this. Ask a system admin of your workplace.',
  404: 'This does not exist any more, or you may not see it.',
  413: 'That file is too large.',
  429: 'That was too many attempts. Wait a minute, then try again.',
};

/** Reads an RFC 9457 body; copes with proxies that answer in HTML. */
export function problemFrom(status: number, body: unknown, retryAfter?: string | null): Problem {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof b[key] === 'string' && b[key] !== '' ? (b[key] as string) : undefined);
  let detail =
    text('detail') ??
    text('title') ??
    SENTENCES[status] ??
    `The server could not answer (status ${status}). Try again in a moment; if it stays, tell whoever runs this server.`;
  if (status === 429 && retryAfter && /^\d+$/.test(retryAfter)) detail += ` You can try again in ${retryAfter} seconds.`;
  return new Problem(status, text('code') ?? `status_${status}`, detail, Array.isArray(b.errors) ? (b.errors as FieldProblem[]) : []);
}

/** Anything thrown, as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    return new Problem(0, 'unreachable', 'The server cannot be reached. Check your connection, then try again.');
  }
  return new Problem(0, 'unexpected', 'This page met an error of its own. Reload it; if it comes back, tell whoever runs this server.');
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
