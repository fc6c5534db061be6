import { untrack } from 'svelte';
import { asProblem, isAbort, type Problem } from '$lib/api/problem';
import type { Page } from '$lib/api/types';
import { router } from '$lib/router/router.svelte';

type Read<P> = (after: string | undefined, signal: AbortSignal) => Promise<P>;

/** What lists showed when they were left, for the way back. */
const left = new Map<string, { items: unknown[]; first: unknown; next: string | null }>();

/** A list that is read page by page, by key. */
export class Pager<T, P extends Page<T> = Page<T>> {
  items = $state.raw<T[]>([]);
  /** The page read first: it carries the counts. */
  first = $state.raw<P | undefined>();
  next = $state<string | null>(null);
  loading = $state(false);
  problem = $state<Problem | null>(null);
  #abort: AbortController | null = null;
  /** Where this list is remembered. */
  key: string | null = null;

  constructor(private readonly read: Read<P>) {}

  get ready(): boolean {
    return this.first !== undefined;
  }
  get empty(): boolean {
    return this.ready && this.items.length === 0 && !this.loading;
  }

  /** From the top. Rows stay on the screen until the new ones are there. */
  reset = async (): Promise<void> => {
    await this.#get(undefined, (page) => {
      this.first = page;
      this.items = page.items;
    });
  };
  more = async (): Promise<void> => {
    if (this.loading || !this.next) return;
    await this.#get(this.next, (page) => {
      this.items = [...this.items, ...page.items];
    });
  };
  /** Reads as many rows as are shown again, quietly, after something changed elsewhere. */
  refresh = async (): Promise<void> => {
    if (this.loading) return;
    const shown = this.items.length;
    let items: T[] = [];
    let first: P | undefined;
    let next: string | undefined;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      do {
        const page = await this.read(next, abort.signal);
        first ??= page;
        items = [...items, ...page.items];
        next = page.next ?? undefined;
      } while (next && items.length < Math.min(shown, 1000));
    } catch {
      return;
    }
    if (abort.signal.aborted || this.loading) return;
    this.first = first;
    this.items = items;
    this.next = next ?? null;
    this.#remember();
  };
  /** Shows what was shown when this list was left, and looks for what is new. False when nothing is known. */
  restore(): boolean {
    const known = this.key ? left.get(this.key) : undefined;
    if (!known) return false;
    this.items = known.items as T[];
    this.first = known.first as P;
    this.next = known.next;
    void this.refresh();
    return true;
  }
  #remember(): void {
    if (!this.key) return;
    left.delete(this.key);
    left.set(this.key, { items: this.items, first: this.first, next: this.next });
    const oldest = left.keys().next().value;
    if (left.size > 12 && oldest !== undefined) left.delete(oldest);
  }
  change(alter: (items: T[]) => T[]): void {
    this.items = alter(this.items);
  }

  async #get(after: string | undefined, use: (page: P) => void): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const page = await this.read(after, abort.signal);
      if (abort.signal.aborted) return;
      use(page);
      this.next = page.next;
      this.problem = null;
      this.#remember();
    } catch (error) {
      if (!isAbort(error) && this.#abort === abort) this.problem = asProblem(error);
    } finally {
      if (this.#abort === abort) this.loading = false;
    }
  }
}

/** A pager that starts over whenever what `read` looks at before its first await changes. */
export function pager<T, P extends Page<T> = Page<T>>(depends: () => unknown, read: Read<P>): Pager<T, P> {
  const it = new Pager<T, P>(read);
  $effect(() => {
    const key = JSON.stringify([location.pathname, depends()]);
    untrack(() => {
      it.key = key;
      if (!(router.returning && it.restore())) void it.reset();
    });
  });
  return it;
}
