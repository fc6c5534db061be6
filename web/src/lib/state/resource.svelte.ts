import { asProblem, isAbort, type Problem } from '$lib/api/problem';

/** Something read from the server: what is shown now, whether it is on its way, and why it failed. */
export class Resource<T> {
  data = $state<T | undefined>();
  problem = $state<Problem | null>(null);
  loading = $state(false);
  #turn = 0;

  constructor(private readonly read: () => Promise<T>) {}

  /** Reads again; what is shown stays until the answer is there. */
  load = async (): Promise<void> => {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const data = await this.read();
      if (turn !== this.#turn) return;
      this.data = data;
      this.problem = null;
    } catch (error) {
      if (turn === this.#turn && !isAbort(error)) this.problem = asProblem(error);
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  };
}

/** A resource that is read at once, and again whenever what `read` looks at before its first await changes. */
export function resource<T>(read: () => Promise<T>): Resource<T> {
  const it = new Resource(read);
  $effect(() => {
    void it.load();
  });
  return it;
}
