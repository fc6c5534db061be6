import { tick } from 'svelte';

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  query = $derived(new URLSearchParams(this.search));
  /** Asked before leaving a page with unsaved work; false stays. */
  guard: (() => Promise<boolean>) | null = null;

  /** True just after going back or forward: lists then show what they showed before. */
  returning = false;

  #read() {
    this.path = location.pathname;
    this.search = location.search;
  }

  async go(url: string, { replace = false } = {}): Promise<void> {
    const target = new URL(url, location.origin);
    if (target.pathname !== this.path && this.guard && !(await this.guard())) return;
    const moved = target.pathname !== this.path;
    this.returning = false;
    history[replace ? 'replaceState' : 'pushState'](null, '', target.pathname + target.search + target.hash);
    this.#read();
    if (!moved) return;
    this.guard = null;
    await tick();
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }

  /** Alters query values of the page one is on, without a new entry in the history. */
  set(values: Record<string, string | null | undefined>): void {
    const next = new URLSearchParams(this.search);
    for (const [key, value] of Object.entries(values)) {
      if (value) next.set(key, value);
      else next.delete(key);
    }
    const text = next.toString();
    history.replaceState(history.state, '', this.path + (text ? `?${text}` : ''));
    this.#read();
  }

  /** Back to where one was on the page, as soon as the page is long enough again. */
  #scrollBack(y: number, until: number): void {
    requestAnimationFrame((now) => {
      const ready = document.documentElement.scrollHeight - window.innerHeight >= y;
      if (ready || now > until) window.scrollTo(0, y);
      if (!ready && now <= until && this.returning) this.#scrollBack(y, until);
    });
  }

  /** Follows clicks on plain links of this origin that belong to the app. */
  listen(isOurs: (path: string) => boolean): void {
    history.scrollRestoration = 'manual';
    let timer: ReturnType<typeof setTimeout> | undefined;
    window.addEventListener('scroll', () => {
      clearTimeout(timer);
      timer = setTimeout(() => history.replaceState({ y: window.scrollY }, ''), 200);
    }, { passive: true });
    window.addEventListener('popstate', (event: PopStateEvent) => {
      clearTimeout(timer);
      this.guard = null;
      this.returning = true;
      this.#read();
      this.#scrollBack((event.state as { y?: number } | null)?.y ?? 0, performance.now() + 1500);
    });
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (!link?.href || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
      if (link.hash && link.pathname === location.pathname) return;
      if (!isOurs(link.pathname)) return;
      event.preventDefault();
      void this.go(link.href);
    });
  }
}

export const router = new Router();
