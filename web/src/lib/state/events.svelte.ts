import { getMe } from '$lib/api/me';
import { leave } from './leave';

export type ChangedKind = 'people' | 'import' | 'job' | 'group' | 'invitation' | 'outbox' | 'domains' | 'requests';
type Listener = (id: string | null) => void;

const listeners = new Map<ChangedKind, Set<Listener>>();
let source: EventSource | null = null;
let tries = 0;

/** Opens the stream that tells of changes, and of the end of this session. */
export function listen(): void {
  source?.close();
  source = new EventSource('/api/v1/events');
  source.addEventListener('open', () => (tries = 0));
  source.addEventListener('session-ended', () => {
    source?.close();
    leave();
  });
  source.addEventListener('changed', (event) => {
    try {
      const { kind, id } = JSON.parse((event as MessageEvent<string>).data) as { kind: ChangedKind; id?: string };
      listeners.get(kind)?.forEach((tell) => tell(id ?? null));
    } catch {
      // A line we cannot read tells us nothing; the next one may.
    }
  });
  source.addEventListener('error', () => {
    // A browser gives up on its own after a refusal: ask whether we are still in (401 leads out), then try again.
    if (source?.readyState !== EventSource.CLOSED) return;
    const wait = Math.min(30_000, 1000 * 2 ** tries++);
    setTimeout(() => void getMe().then(listen, listen), wait);
  });
}

/** Calls `tell` when something of this kind changed; returns how to stop. At most once in 400 ms. */
export function onChanged(kind: ChangedKind, tell: Listener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slow: Listener = (id) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tell(id);
    }, 400);
  };
  const set = listeners.get(kind) ?? new Set();
  listeners.set(kind, set.add(slow));
  return () => {
    clearTimeout(timer);
    set.delete(slow);
  };
}
