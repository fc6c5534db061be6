import { answer, api, filled } from './client';
import type { components } from './generated/schema';
import type { Group, GroupInput, GroupMember, GroupView, Page, Target } from './types';

type Find = { q?: string; after?: string; limit?: number };
const one = (id: string) => ({ params: { path: { id } } });
const member = (id: string, account_id: string) => ({ params: { path: { id, account_id } } });

export const listGroups = (query: Find = {}, signal?: AbortSignal): Promise<Page<Group>> =>
  answer(api.GET('/api/v1/groups', { params: { query: filled(query) }, signal }));
export const getGroup = (id: string): Promise<Group> => answer(api.GET('/api/v1/groups/{id}', one(id)));
export const createGroup = (input: GroupInput): Promise<Group> => answer(api.POST('/api/v1/groups', { body: input }));
export const editGroup = (id: string, input: GroupInput): Promise<Group> => answer(api.PATCH('/api/v1/groups/{id}', { ...one(id), body: input }));
export const archiveGroup = (id: string): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/archive', one(id)));
export const restoreGroup = (id: string): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/restore', one(id)));
export const deleteGroup = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/groups/{id}', one(id)));
export const listMembers = (id: string, query: Find = {}, signal?: AbortSignal): Promise<Page<GroupMember>> =>
  answer(api.GET('/api/v1/groups/{id}/members', { params: { path: { id }, query: filled(query) }, signal }));
export const addMembers = (id: string, target: Target): Promise<{ added: number; already: number }> =>
  answer(api.POST('/api/v1/groups/{id}/members', { ...one(id), body: target }));
export const removeMember = (id: string, account: string): Promise<unknown> =>
  answer(api.DELETE('/api/v1/groups/{id}/members/{account_id}', member(id, account)));
export const setOwner = (id: string, account: string, is_owner: boolean): Promise<unknown> =>
  answer(api.PUT('/api/v1/groups/{id}/members/{account_id}', { ...member(id, account), body: { is_owner } }));
export const seeGroupAs = (id: string, account: string): Promise<GroupView> =>
  answer(api.GET('/api/v1/groups/{id}/as/{account_id}', member(id, account)));
export const joinGroup = (id: string): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/join', one(id)));
export const leaveGroup = (id: string): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/leave', one(id)));

type Schemas = components['schemas'];
export type GroupRule = Schemas['GroupRule'];
export type GroupRuleInput = Schemas['GroupRuleInput'];
export type GroupRulePreview = Schemas['GroupRulePreview'];
export type GroupAsked = Schemas['GroupAsked'];
export type PeopleSet = Schemas['PeopleSet'];

/** The rule of a group; null, if it has none. */
export const getRule = (id: string): Promise<GroupRule | null> => answer(api.GET('/api/v1/groups/{id}/rule', one(id)));
export const setRule = (id: string, input: GroupRuleInput): Promise<GroupRule> => answer(api.PUT('/api/v1/groups/{id}/rule', { ...one(id), body: input }));
export const endRule = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/groups/{id}/rule', one(id)));
export const previewRule = (id: string, input: GroupRuleInput): Promise<GroupRulePreview> =>
  answer(api.POST('/api/v1/groups/{id}/rule/preview', { ...one(id), body: input }));
export const listPeopleSets = (q?: string): Promise<PeopleSet[]> =>
  answer(api.GET('/api/v1/people-sets', { params: { query: filled({ q }) } })).then((r) => r.items);
export const askToJoin = (id: string, note: string): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/request', { ...one(id), body: { note: note || null } }));
export const takeBackRequest = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/groups/{id}/request', one(id)));
export const groupRequests = (id: string): Promise<GroupAsked[]> => answer(api.GET('/api/v1/groups/{id}/requests', one(id))).then((r) => r.items);
export const approveGroupRequests = (id: string, ids: string[]): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/requests/approve', { ...one(id), body: { ids } }));
export const declineGroupRequests = (id: string, ids: string[]): Promise<unknown> => answer(api.POST('/api/v1/groups/{id}/requests/decline', { ...one(id), body: { ids } }));
export const myGroupRequests = (): Promise<{ id: string; name: string; waiting: number }[]> => answer(api.GET('/api/v1/me/group-requests')).then((r) => r.items);
