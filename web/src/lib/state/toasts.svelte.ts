import { asProblem } from '$lib/api/problem';

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'error';
  action?: { label: string; run: () => void };
}

class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;

  show(toast: Omit<Toast, 'id'>): number {
    const id = ++this.#last;
    this.list = [...this.list.slice(-2), { ...toast, id }];
    return id;
  }
  done(text: string, action?: Toast['action']): void {
    this.show({ text, kind: 'done', action });
  }
  error(error: unknown): void {
    this.show({ text: typeof error === 'string' ? error : asProblem(error).detail, kind: 'error' });
  }
  drop(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
  }
}

export const toasts = new Toasts();
