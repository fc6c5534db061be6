import { countPeople } from '$lib/api/people';
import type { PeopleFilter, PeoplePage, PersonRow } from '$lib/api/types';
import type { Pager } from './pager.svelte';

/** How many people match a filter: those of the list, when all are on its first page; else they are counted. */
export function matching(filter: () => PeopleFilter, list: Pager<PersonRow, PeoplePage>): { readonly count: number | undefined } {
  let count = $state<number | undefined>();
  $effect(() => {
    const first = list.first;
    const wanted = filter();
    if (!first?.next) {
      count = first?.items.length;
      return;
    }
    count = undefined;
    const abort = new AbortController();
    // Nobody misses the number when it can't be had: the list says what is wrong.
    countPeople(wanted, abort.signal).then((n) => (count = n), () => undefined);
    return () => abort.abort();
  });
  return {
    get count() {
      return count;
    },
  };
}
