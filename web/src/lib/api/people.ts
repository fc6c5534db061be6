import { del, get, patch, post, put, urlOf } from './client';
import type {
  AuditEvent, BulkAction, DirectoryPerson, DirectoryProfile, Facet, Group, Job, OrgView, Page, PeopleFilter, PeoplePage,
  Person, PersonInput, PersonPreview, Session, Target,
} from './types';

export const listPeople = (query: PeopleFilter & { sort?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
  get<PeoplePage>('/people', query, signal);
export const facets = (field: string) => get<{ items: Facet[] }>('/people/facets', { field }).then((r) => r.items);
export const addPerson = (input: PersonInput & { invite: boolean }) => post<Person>('/people', input);
export const getPerson = (id: string) => get<Person>(`/people/${id}`);
export const editPerson = (id: string, input: PersonInput & { version?: number }) => patch<Person>(`/people/${id}`, input);
export const deletePerson = (id: string) => del(`/people/${id}`);
export const actOnPerson = (id: string, action: 'invite' | 'remind' | 'unclaim' | 'deactivate' | 'reactivate' | 'strip', body: object = {}) =>
  post<Person>(`/people/${id}/${action}`, body);
export const setRole = (id: string, role: string) => put<Person>(`/people/${id}/role`, { role });
export const personHistory = (id: string, after?: string) => get<Page<AuditEvent>>(`/people/${id}/history`, { after });
export const personSessions = (id: string) => get<{ items: Session[] }>(`/people/${id}/sessions`).then((r) => r.items);
export const endPersonSessions = (id: string) => del(`/people/${id}/sessions`);
export const personGroups = (id: string) => get<{ items: Group[] }>(`/people/${id}/groups`).then((r) => r.items);
export const personPreview = (id: string) => get<PersonPreview>(`/people/${id}/preview`);
export const setPersonPhoto = (id: string, raw: Blob) => put(`/people/${id}/photo`, undefined, { raw });
export const removePersonPhoto = (id: string) => del(`/people/${id}/photo`);
export const actOnPeople = (action: BulkAction, target: Target, extra: { message?: string; group_id?: string; confirm?: boolean } = {}) =>
  post<Job>('/people/actions', { action, ...target, ...extra });
export const peopleExportUrl = (filter: PeopleFilter, format: 'csv' | 'xlsx') => urlOf('/people/export', { ...filter, format });
export const getJob = (id: string) => get<Job>(`/jobs/${id}`);

export const listDirectory = (query: { q?: string; department?: string; location?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
  get<Page<DirectoryPerson>>('/directory', query, signal);
export const getProfile = (id: string) => get<DirectoryProfile>(`/directory/${id}`);
export const orgView = (root?: string) => get<OrgView>('/org', { root });
