import { leave } from '../state/leave';
import { careful } from '../state/proof.svelte';
import { answer, api, filled, urlOf } from './client';
import type { components } from './generated/schema';
import { asProblem, problemFrom } from './problem';
import type { Target } from './types';

export type GivenCode = components['schemas']['GivenCode'];
export type GivenCodes = components['schemas']['GivenCodes'];
export type OwnPeople = components['schemas']['OwnPeople'];
export type OwnPerson = components['schemas']['OwnPerson'];
export type CodesOverview = components['schemas']['Overview'];
export type SheetFormat = 'pdf' | 'xlsx' | 'csv';
/** Codes as a file, how many got one and how many not, and what could not be printed, if anything. */
export interface Sheets {
  file: Blob;
  name: string;
  given: number;
  refused: number;
  warning: string;
}
/** Who is given codes: picked people, or all who wait for one. */
export type CodesFor = Target | { waiting: true; department?: string };

const one = (id: string) => ({ params: { path: { id } } });

export const giveCode = (id: string): Promise<GivenCode> => answer(api.POST('/api/v1/people/{id}/code', one(id)));
export const revokeCode = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/people/{id}/code', one(id)));
export const codesOverview = (): Promise<CodesOverview> => answer(api.GET('/api/v1/access-codes'));

export const myPeople = (query: { waiting?: boolean; after?: string; limit?: number }, signal?: AbortSignal): Promise<OwnPeople> =>
  answer(api.GET('/api/v1/my-people', { params: { query: filled(query) }, signal }));
export const setSupervises = (id: string, locations: string[]): Promise<{ locations: string[] }> =>
  answer(api.PUT('/api/v1/people/{id}/supervises', { ...one(id), body: { locations } }));

/** Gives codes and tells them, this once, to be shown. */
export const giveCodes = (whom: CodesFor): Promise<GivenCodes> => answer(api.POST('/api/v1/access-codes', { body: whom }));

/** Gives codes and fetches them as a file: told once, so it is asked for with POST and kept by the browser at once. */
export async function codeSheets(asked: CodesFor & { format: SheetFormat; language: string | null }): Promise<Sheets> {
  let response: Response;
  try {
    response = await careful(new Request(new URL(urlOf('/access-codes'), location.origin), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(asked) }));
  } catch (error) {
    throw asProblem(error);
  }
  if (response.status === 401) leave();
  if (!response.ok) throw problemFrom(response.status, await response.json().catch(() => undefined), response.headers.get('Retry-After'));
  const count = (name: string) => Number(response.headers.get(name) ?? 0);
  const name = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'access-codes';
  const warning = decodeURIComponent(response.headers.get('guildhall-warning') ?? '');
  return { file: await response.blob(), name, given: count('guildhall-given'), refused: count('guildhall-refused'), warning };
}
