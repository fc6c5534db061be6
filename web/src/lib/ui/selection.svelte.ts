import { SvelteSet } from 'svelte/reactivity';
import type { PeopleFilter, Target } from '$lib/api/types';

/** Picked rows of a list, or everything that matches its filter. */
export class Selection {
  ids = new SvelteSet<string>();
  all = $state(false);
  #last: number | null = null;

  has(id: string): boolean {
    return this.all || this.ids.has(id);
  }
  size(matching: number): number {
    return this.all ? matching : this.ids.size;
  }
  get empty(): boolean {
    return !this.all && this.ids.size === 0;
  }
  clear(): void {
    this.ids.clear();
    this.all = false;
    this.#last = null;
  }
  /** Picks or drops a row; with `range`, every row since the last one too. */
  toggle(rows: { id: string }[], index: number, range = false): void {
    const row = rows[index];
    if (!row) return;
    if (this.all) {
      this.clear();
      for (const r of rows) this.ids.add(r.id);
    }
    const on = !this.ids.has(row.id);
    const from = range && this.#last !== null ? Math.min(this.#last, index) : index;
    const to = range && this.#last !== null ? Math.max(this.#last, index) : index;
    for (const r of rows.slice(from, to + 1)) {
      if (on) this.ids.add(r.id);
      else this.ids.delete(r.id);
    }
    this.#last = index;
  }
  target(filter: PeopleFilter): Target {
    return this.all ? { filter } : { ids: [...this.ids] };
  }
}
