import { answer, api, filled, raw, urlOf } from './client';
import type { components } from './generated/schema';
import type {
  ApiToken, AuditEvent, AuditFilter, Funnel, Invitation, InvitationState, Job, MailDetail, MailState, OutboxPage, Page, PeopleFilter, Permission,
  PermissionInfo, Role, Workplace, WorkplaceSettings,
} from './types';

type HowMany = components['schemas']['HowMany'];
type Find<State> = { state?: State; q?: string; after?: string; limit?: number };
const one = (id: string) => ({ params: { path: { id } } });
const role = (key: string) => ({ params: { path: { key } } });

export const listInvitations = (query: Find<InvitationState>, signal?: AbortSignal): Promise<Page<Invitation> & { funnel: Funnel }> =>
  answer(api.GET('/api/v1/invitations', { params: { query: filled(query) }, signal }));
export const invite = (target: { ids: string[] } | { filter: PeopleFilter } | { all: true }, message?: string): Promise<Job> =>
  answer(api.POST('/api/v1/invitations', { body: { ...target, message: message || null } }));
export const remind = (target: { ids: string[] } | { all: true }): Promise<Job> => answer(api.POST('/api/v1/invitations/remind', { body: target }));
export const testInvitation = (message?: string): Promise<unknown> => answer(api.POST('/api/v1/invitations/test', { body: { message: message || null } }));
export const revokeInvitation = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/invitations/{id}', one(id)));

export interface RoleInput {
  name: string;
  description: string;
  permissions: Permission[];
}
export const listRoles = (): Promise<Role[]> => answer(api.GET('/api/v1/roles')).then((r) => r.items);
export const createRole = (input: RoleInput): Promise<Role> => answer(api.POST('/api/v1/roles', { body: input }));
export const editRole = (key: string, input: RoleInput): Promise<Role> => answer(api.PATCH('/api/v1/roles/{key}', { ...role(key), body: input }));
export const deleteRole = (key: string): Promise<unknown> => answer(api.DELETE('/api/v1/roles/{key}', role(key)));
export const listPermissions = (): Promise<PermissionInfo[]> => answer(api.GET('/api/v1/permissions'));

export const listAudit = (query: AuditFilter & { after?: string; limit?: number }, signal?: AbortSignal): Promise<Page<AuditEvent>> =>
  answer(api.GET('/api/v1/audit', { params: { query: filled(query) }, signal }));
export const auditExportUrl = (filter: AuditFilter, format: 'csv' | 'jsonl') => urlOf('/audit/export', { ...filter, format });

export const listOutbox = (query: Find<MailState>, signal?: AbortSignal): Promise<OutboxPage> =>
  answer(api.GET('/api/v1/outbox', { params: { query: filled(query) }, signal }));
export const getMail = (id: string): Promise<MailDetail> => answer(api.GET('/api/v1/outbox/{id}', one(id)));
export const retryMail = (id: string): Promise<unknown> => answer(api.POST('/api/v1/outbox/{id}/retry', one(id)));
export const cancelMail = (id: string): Promise<unknown> => answer(api.POST('/api/v1/outbox/{id}/cancel', one(id)));

export const listTokens = (): Promise<ApiToken[]> => answer(api.GET('/api/v1/tokens')).then((r) => r.items);
export const createToken = (input: { name: string; scopes: Permission[]; expires_at: string | null }): Promise<{ token: string }> =>
  answer(api.POST('/api/v1/tokens', { body: input }));
export const endToken = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/tokens/{id}', one(id)));

export const getWorkplace = (): Promise<Workplace> => answer(api.GET('/api/v1/workplace'));
export const editWorkplace = (
  input: Partial<Pick<Workplace, 'name' | 'locale' | 'time_zone' | 'colour'>> & { settings?: Partial<WorkplaceSettings> },
): Promise<Workplace> => answer(api.PATCH('/api/v1/workplace', { body: input }));
export const countSessions = (): Promise<HowMany> => answer(api.GET('/api/v1/workplace/sessions'));
export const endEverybodysSessions = (): Promise<HowMany> => answer(api.DELETE('/api/v1/workplace/sessions'));
export const setLogo = (logo: Blob): Promise<unknown> => answer(api.PUT('/api/v1/workplace/logo', raw(logo)));
export const removeLogo = (): Promise<unknown> => answer(api.DELETE('/api/v1/workplace/logo'));
