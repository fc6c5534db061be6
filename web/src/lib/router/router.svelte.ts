import { tick } from 'svelte';

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  query = $derived(new URLSearchParams(this.search));
  /** Asked before leaving a page with unsaved work; false stays. */
  guard: (() => Promise<boolean>) | null = null;

  #read() {
    this.path = location.pathname;
    this.search = location.search;
  }

  async go(url: string, { replace = false } = {}): Promise<void> {
    const target = new URL(url, location.origin);
    if (target.pathname !== this.path && this.guard && !(await this.guard())) return;
    const moved = target.pathname !== this.path;
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
    history.replaceState(null, '', this.path + (text ? `?${text}` : ''));
    this.#read();
  }

  /** Follows clicks on plain links of this origin that belong to the app. */
  listen(isOurs: (path: string) => boolean): void {
    window.addEventListener('popstate', () => {
      this.guard = null;
      this.#read();
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
