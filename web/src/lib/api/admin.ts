import { del, get, patch, post, put, urlOf } from './client';
import type {
  ApiToken, AuditEvent, AuditFilter, Funnel, Invitation, Job, MailDetail, OutboxPage, Page, PeopleFilter, Permission,
  PermissionInfo, Role, Workplace, WorkplaceSettings,
} from './types';

export const listInvitations = (query: { state?: string; q?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
  get<Page<Invitation> & { funnel: Funnel }>('/invitations', query, signal);
export const invite = (target: { ids: string[] } | { filter: PeopleFilter } | { all: true }, message?: string) =>
  post<Job>('/invitations', { ...target, message: message || null });
export const remind = (target: { ids: string[] } | { all: true }) => post<Job>('/invitations/remind', target);
export const testInvitation = (message?: string) => post('/invitations/test', { message: message || null });
export const revokeInvitation = (id: string) => del(`/invitations/${id}`);

export const listRoles = () => get<{ items: Role[] }>('/roles').then((r) => r.items);
export const createRole = (input: { name: string; description: string; permissions: Permission[] }) => post<Role>('/roles', input);
export const editRole = (key: string, input: Partial<{ name: string; description: string; permissions: Permission[] }>) =>
  patch<Role>(`/roles/${key}`, input);
export const deleteRole = (key: string) => del(`/roles/${key}`);
export const listPermissions = () =>
  get<PermissionInfo[] | { items: PermissionInfo[] }>('/permissions').then((r) => (Array.isArray(r) ? r : r.items));

export const listAudit = (query: AuditFilter & { after?: string; limit?: number }, signal?: AbortSignal) =>
  get<Page<AuditEvent>>('/audit', query, signal);
export const auditExportUrl = (filter: AuditFilter, format: 'csv' | 'jsonl') => urlOf('/audit/export', { ...filter, format });

export const listOutbox = (query: { state?: string; q?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
  get<OutboxPage>('/outbox', query, signal);
export const getMail = (id: string) => get<MailDetail>(`/outbox/${id}`);
export const retryMail = (id: string) => post(`/outbox/${id}/retry`);
export const cancelMail = (id: string) => post(`/outbox/${id}/cancel`);

export const listTokens = () => get<{ items: ApiToken[] }>('/tokens').then((r) => r.items);
export const createToken = (input: { name: string; scopes: Permission[]; expires_at: string | null }) =>
  post<ApiToken & { token: string }>('/tokens', input);
export const endToken = (id: string) => del(`/tokens/${id}`);

export const getWorkplace = () => get<Workplace>('/workplace');
export const editWorkplace = (
  input: Partial<Pick<Workplace, 'name' | 'locale' | 'time_zone' | 'colour'>> & { settings?: Partial<WorkplaceSettings> },
) => patch<Workplace>('/workplace', input);
export const setLogo = (raw: Blob) => put('/workplace/logo', undefined, { raw });
export const removeLogo = () => del('/workplace/logo');
