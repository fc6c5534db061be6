import { answer, api } from './client';
import type { components } from './generated/schema';

type Schemas = components['schemas'];
export type InviteRule = Schemas['InviteRuleView'];
export type InviteRuleInput = Schemas['InviteRuleInput'];
export type InvitePreview = Schemas['InvitePreview'];
export type LastDays = Schemas['LastDays'];

const one = (id: string) => ({ params: { path: { id } } });
export const listInviteRules = (): Promise<InviteRule[]> => answer(api.GET('/api/v1/invite-rules')).then((r) => r.items);
export const createInviteRule = (input: InviteRuleInput): Promise<InviteRule> => answer(api.POST('/api/v1/invite-rules', { body: input }));
export const editInviteRule = (id: string, input: InviteRuleInput): Promise<InviteRule> => answer(api.PATCH('/api/v1/invite-rules/{id}', { ...one(id), body: input }));
export const deleteInviteRule = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/invite-rules/{id}', one(id)));
export const pauseInviteRule = (id: string): Promise<InviteRule> => answer(api.POST('/api/v1/invite-rules/{id}/pause', one(id)));
export const resumeInviteRule = (id: string): Promise<InviteRule> => answer(api.POST('/api/v1/invite-rules/{id}/resume', one(id)));
export const previewInvites = (conditions: InviteRuleInput['conditions']): Promise<InvitePreview> =>
  answer(api.POST('/api/v1/invite-rules/preview', { body: { conditions } }));
export const lastDays = (): Promise<LastDays> => answer(api.GET('/api/v1/last-days'));
export const releaseLastDays = (): Promise<unknown> => answer(api.POST('/api/v1/last-days/release'));
