import type { Keeper, ProfileField, Ranks } from '$lib/api/types';

export const HIGHEST = 9;
export const KEEPERS: Keeper[] = ['scim', 'directory', 'sso', 'people', 'file'];
export const keeperLabel: Record<Keeper, string> = { scim: 'Identity provider', directory: 'Directory', sso: 'Single sign-on', people: 'Admins and the person', file: 'People files' };
/** How high each stands in a new workplace; the server says the same. */
const NEW: Record<Keeper, number> = { scim: 4, directory: 3, sso: 2, people: 1, file: 1 };
const OWN = 5;

/** The rank of a keeper, on a field or on all. `own`: people edit the field of their own profile themselves. */
export const rankOf = (ranks: Ranks, keeper: Keeper, field: ProfileField | null, own = false): number =>
  (field ? ranks.fields[field]?.[keeper] : undefined) ?? (own && keeper === 'people' ? OWN : (ranks.sources[keeper] ?? NEW[keeper]));

export function setRank(ranks: Ranks, keeper: Keeper, field: ProfileField | null, rank: number): Ranks {
  if (!field) return { ...ranks, sources: { ...ranks.sources, [keeper]: rank } };
  return { ...ranks, fields: { ...ranks.fields, [field]: { ...ranks.fields[field], [keeper]: rank } } };
}

/** The order in words: "identity provider before directory before …". */
export function ordered(ranks: Ranks): string {
  const byRank = new Map(KEEPERS.map((k) => [rankOf(ranks, k, null), KEEPERS.filter((o) => rankOf(ranks, o, null) === rankOf(ranks, k, null))]));
  return [...byRank.entries()]
    .sort(([a], [b]) => b - a)
    .map(([, keepers]) => keepers.map((k) => keeperLabel[k].toLowerCase()).join(' and '))
    .join(' before ');
}

/** Those of `ids` in the order that the admins gave them; those that have no place stand below. */
export const inOrder = (ranks: Ranks, ids: string[]): string[] => [...ranks.order.filter((id) => ids.includes(id)), ...ids.filter((id) => !ranks.order.includes(id))];

/** `ids` of one kind, with one of them a place up: from then on all of them have a place. */
export function placeUp(ranks: Ranks, ids: string[], id: string): Ranks {
  const now = inOrder(ranks, ids);
  const at = now.indexOf(id);
  if (at > 0) now.splice(at - 1, 0, ...now.splice(at, 1));
  return { ...ranks, order: [...ranks.order.filter((other) => !ids.includes(other)), ...now] };
}
