import { answer, api, filled } from './client';
import type { components } from './generated/schema';
import type { Page } from './types';

export type Provider = components['schemas']['SsoProvider'];
export type ProviderEdit = components['schemas']['SsoProviderEdit'];

export type Requirement = components['schemas']['SsoRequirement'];
export type RequirementInput = components['schemas']['SsoRequirementInput'];
export type RequirementPreview = components['schemas']['SsoPreview'];
export type PreviewPerson = components['schemas']['SsoPreviewPerson'];

export type SignIn = components['schemas']['SignInView'];
export type OwnSignIn = components['schemas']['OwnSignIn'];
export interface SignInFilter {
  person?: string;
  result?: string;
  method?: string;
  break_glass?: string;
  disowned?: string;
  from?: string;
  to?: string;
}
const one = (id: string) => ({ params: { path: { id } } });

export const listProviders = (): Promise<Provider[]> => answer(api.GET('/api/v1/sso/providers')).then((r) => r.items);
export const readProvider = (id: string): Promise<Provider> => answer(api.GET('/api/v1/sso/providers/{id}', one(id)));
export const createProvider = (body: components['schemas']['SsoProviderInput']): Promise<Provider> => answer(api.POST('/api/v1/sso/providers', { body }));
export const editProvider = (id: string, body: ProviderEdit): Promise<Provider> => answer(api.PATCH('/api/v1/sso/providers/{id}', { ...one(id), body }));
export const removeProvider = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/sso/providers/{id}', one(id)));
export const refreshProvider = (id: string): Promise<Provider> => answer(api.POST('/api/v1/sso/providers/{id}/refresh', one(id)));

export const readRequirement = (): Promise<Requirement> => answer(api.GET('/api/v1/sso/requirement'));
export const setRequirement = (body: RequirementInput): Promise<Requirement> => answer(api.PUT('/api/v1/sso/requirement', { body }));
export const previewRequirement = (body: RequirementInput): Promise<RequirementPreview> => answer(api.POST('/api/v1/sso/requirement/preview', { body }));
export const previewPeople = (body: components['schemas']['SsoPreviewPeople']): Promise<Page<PreviewPerson>> => answer(api.POST('/api/v1/sso/requirement/people', { body }));

const only = (text?: string) => (text === 'true' ? true : undefined);
export const listSignIns = ({ break_glass, disowned, ...query }: SignInFilter & { after?: string; limit?: number }, signal?: AbortSignal): Promise<Page<SignIn>> =>
  answer(api.GET('/api/v1/sign-ins', { params: { query: filled({ ...query, break_glass: only(break_glass), disowned: only(disowned) }) }, signal }));
export const mySignIns = (): Promise<OwnSignIn[]> => answer(api.GET('/api/v1/me/sign-ins')).then((r) => r.items);
