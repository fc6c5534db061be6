let leaving = false;

/** Out, at once: a full navigation, so that nothing of the workplace stays in this page. */
export function leave(target?: string): void {
  if (leaving) return;
  leaving = true;
  // Nothing may hold this up, not even a form that is not saved.
  window.addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), { capture: true });
  const here = location.pathname + location.search;
  document.getElementById('app')?.replaceChildren();
  location.replace(target ?? `/login?next=${encodeURIComponent(here)}`);
}
