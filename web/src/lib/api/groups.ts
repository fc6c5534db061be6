import { del, get, patch, post, put } from './client';
import type { Group, GroupInput, GroupMember, GroupView, Page, Target } from './types';

export const listGroups = (query: { q?: string; after?: string; limit?: number } = {}, signal?: AbortSignal) =>
  get<Page<Group>>('/groups', query, signal);
export const getGroup = (id: string) => get<Group>(`/groups/${id}`);
export const createGroup = (input: GroupInput) => post<Group>('/groups', input);
export const editGroup = (id: string, input: Partial<GroupInput>) => patch<Group>(`/groups/${id}`, input);
export const archiveGroup = (id: string) => post(`/groups/${id}/archive`);
export const restoreGroup = (id: string) => post(`/groups/${id}/restore`);
export const deleteGroup = (id: string) => del(`/groups/${id}`);
export const listMembers = (id: string, query: { q?: string; after?: string; limit?: number } = {}, signal?: AbortSignal) =>
  get<Page<GroupMember>>(`/groups/${id}/members`, query, signal);
export const addMembers = (id: string, target: Target) => post<{ added: number; already: number }>(`/groups/${id}/members`, target);
export const removeMember = (id: string, account: string) => del(`/groups/${id}/members/${account}`);
export const setOwner = (id: string, account: string, is_owner: boolean) => put(`/groups/${id}/members/${account}`, { is_owner });
export const seeGroupAs = (id: string, account: string) => get<GroupView>(`/groups/${id}/as/${account}`);
export const joinGroup = (id: string) => post(`/groups/${id}/join`);
export const leaveGroup = (id: string) => post(`/groups/${id}/leave`);
