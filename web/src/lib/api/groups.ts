import { answer, api, filled } from './client';
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
