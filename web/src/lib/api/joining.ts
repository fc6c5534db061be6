import { answer, api, filled } from './client';
import type { components } from './generated/schema';

type Schemas = components['schemas'];
export type AccessRequest = Schemas['AccessRequest'];
export type AccessRequests = Schemas['AccessRequests'];
export type RequestState = Schemas['RequestState'];
export type JoinLink = Schemas['JoinLinkView'];
export type CoworkerInvited = Schemas['CoworkerInvited'];

export const listRequests = (query: { state?: RequestState; after?: string; limit?: number }): Promise<AccessRequests> =>
  answer(api.GET('/api/v1/access-requests', { params: { query: filled(query) } }));
export const approveRequests = (ids: string[], fields: Record<string, string>): Promise<unknown> =>
  answer(api.POST('/api/v1/access-requests/approve', { body: { ids, fields } }));
export const declineRequests = (ids: string[], reason: string): Promise<unknown> =>
  answer(api.POST('/api/v1/access-requests/decline', { body: { ids, reason: reason || null } }));
export const inviteCoworkers = (emails: string[], note: string): Promise<CoworkerInvited[]> =>
  answer(api.POST('/api/v1/me/coworkers', { body: { emails, note: note || null } })).then((r) => r.items);
export const listJoinLinks = (): Promise<JoinLink[]> => answer(api.GET('/api/v1/join-links')).then((r) => r.items);
export const createJoinLink = (input: { group_id: string | null; people: number; days: number }): Promise<{ url: string; link: JoinLink }> =>
  answer(api.POST('/api/v1/join-links', { body: input }));
export const endJoinLink = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/join-links/{id}', { params: { path: { id } } }));
