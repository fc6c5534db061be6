import { router } from '$lib/router/router.svelte';
import { count } from '$lib/text/format';
import { confirm } from './confirm.svelte';

/** Asks before a page is left on which `altered()` changes are not saved. To be called while a form is set up. */
export function guardUnsaved(altered: () => number): void {
  $effect(() => {
    const n = altered();
    if (n === 0) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    const ask = () => confirm({ title: 'Leave without saving?', consequences: [`${count(n, 'change')} will be lost.`], confirm: 'Leave', danger: true });
    router.guard = ask;
    window.addEventListener('beforeunload', stay);
    return () => {
      if (router.guard === ask) router.guard = null;
      window.removeEventListener('beforeunload', stay);
    };
  });
}
