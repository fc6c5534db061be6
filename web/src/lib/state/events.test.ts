import { beforeEach, expect, it, vi } from 'vitest';
import { leave } from './leave';
import { listen, onChanged } from './events.svelte';

vi.mock('./leave', () => ({ leave: vi.fn() }));

class Stream extends EventTarget {
  static CLOSED = 2;
  static last: Stream;
  readyState = 1;
  close = vi.fn();
  constructor(readonly url: string) {
    super();
    Stream.last = this;
  }
}
beforeEach(() => {
  vi.stubGlobal('EventSource', Stream);
  vi.mocked(leave).mockClear();
  listen();
});

it('leaves at once when the session has ended elsewhere', () => {
  Stream.last.dispatchEvent(new Event('session-ended'));
  expect(leave).toHaveBeenCalledOnce();
  expect(Stream.last.close).toHaveBeenCalled();
});

it('tells those who asked of changes, once for many', () => {
  vi.useFakeTimers();
  const told = vi.fn();
  const stop = onChanged('people', told);
  const change = (data: object) => Stream.last.dispatchEvent(new MessageEvent('changed', { data: JSON.stringify(data) }));
  change({ kind: 'people', id: 'a' });
  change({ kind: 'people', id: 'b' });
  change({ kind: 'group', id: 'c' });
  vi.advanceTimersByTime(1000);
  expect(told).toHaveBeenCalledOnce();
  stop();
  change({ kind: 'people', id: 'd' });
  vi.advanceTimersByTime(1000);
  expect(told).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
