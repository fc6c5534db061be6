import { answer, api, filled, raw, urlOf } from './client';
import type {
  AuditEvent, BulkAction, DirectoryPerson, DirectoryProfile, Facet, Group, Job, OrgView, Page, PeopleFilter, PeoplePage,
  Person, PersonInput, PersonPreview, ProfileField, Session, Source, Target,
} from './types';

type Paged = { after?: string; limit?: number };
const one = (id: string) => ({ params: { path: { id } } });

export const listPeople = (query: PeopleFilter & Paged & { sort?: string }, signal?: AbortSignal): Promise<PeoplePage> =>
  answer(api.GET('/api/v1/people', { params: { query: filled(query) }, signal }));
export const countPeople = (query: PeopleFilter, signal?: AbortSignal): Promise<number> =>
  answer(api.GET('/api/v1/people/count', { params: { query: filled(query) }, signal })).then((r) => r.matching);
export const facets = (field: 'department' | 'location' | 'division' | 'organization' | 'title'): Promise<Facet[]> =>
  answer(api.GET('/api/v1/people/facets', { params: { query: { field } } })).then((r) => r.items);
export const addPerson = (input: PersonInput & { invite: boolean }): Promise<Person> => answer(api.POST('/api/v1/people', { body: input }));
export const getPerson = (id: string): Promise<Person> => answer(api.GET('/api/v1/people/{id}', one(id)));
export const editPerson = (id: string, input: PersonInput & { version?: number }): Promise<Person> =>
  answer(api.PATCH('/api/v1/people/{id}', { ...one(id), body: input }));
export const deletePerson = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/people/{id}', one(id)));
export const invitePerson = (id: string, message?: string): Promise<Person> =>
  answer(api.POST('/api/v1/people/{id}/invite', { ...one(id), body: { message: message || null } }));
export const remindPerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/remind', { ...one(id), body: { message: null } }));
export const revokePerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/revoke', one(id)));
export const unclaimPerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/unclaim', one(id)));
export const deactivatePerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/deactivate', one(id)));
export const reactivatePerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/reactivate', one(id)));
export const handBackPerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/hand-back', one(id)));
export const handOverField = (id: string, field: ProfileField, to: Source | null, of: string | null = null): Promise<Person> =>
  answer(api.PUT('/api/v1/people/{id}/fields/{field}/keeper', { params: { path: { id, field } }, body: { to, of } }));
export const stripPerson = (id: string): Promise<Person> => answer(api.POST('/api/v1/people/{id}/strip', one(id)));
export const setRole = (id: string, role: string): Promise<Person> => answer(api.PUT('/api/v1/people/{id}/role', { ...one(id), body: { role } }));
export const personHistory = (id: string, after?: string): Promise<Page<AuditEvent>> =>
  answer(api.GET('/api/v1/people/{id}/history', { params: { path: { id }, query: filled({ after }) } }));
export const personSessions = (id: string): Promise<Session[]> => answer(api.GET('/api/v1/people/{id}/sessions', one(id))).then((r) => r.items);
export const endPersonSessions = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/people/{id}/sessions', one(id)));
export const personGroups = (id: string): Promise<Group[]> => answer(api.GET('/api/v1/people/{id}/groups', one(id))).then((r) => r.items);
export const personPreview = (id: string): Promise<PersonPreview> => answer(api.GET('/api/v1/people/{id}/preview', one(id)));
export const setPersonPhoto = (id: string, photo: Blob): Promise<unknown> => answer(api.PUT('/api/v1/people/{id}/photo', { ...one(id), ...raw(photo) }));
export const removePersonPhoto = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/people/{id}/photo', one(id)));
export const actOnPeople = (action: BulkAction, target: Target, extra: { message?: string; group_id?: string; confirm?: boolean } = {}): Promise<Job> =>
  answer(api.POST('/api/v1/people/actions', { body: { action, ...target, ...extra } }));
export const peopleExportUrl = (filter: PeopleFilter, format: 'csv' | 'xlsx') => urlOf('/people/export', { ...filter, format });
export const getJob = (id: string): Promise<Job> => answer(api.GET('/api/v1/jobs/{id}', one(id)));

export const listDirectory = (query: Paged & { q?: string; department?: string; location?: string }, signal?: AbortSignal): Promise<Page<DirectoryPerson>> =>
  answer(api.GET('/api/v1/directory', { params: { query: filled(query) }, signal }));
export const getProfile = (id: string): Promise<DirectoryProfile> => answer(api.GET('/api/v1/directory/{id}', one(id)));
export const orgView = (root?: string): Promise<OrgView> => answer(api.GET('/api/v1/org', { params: { query: filled({ root }) } }));
