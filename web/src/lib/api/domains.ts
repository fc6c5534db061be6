import { answer, api } from './client';
import type { components } from './generated/schema';

export type Domain = components['schemas']['DomainView'];
export type Domains = components['schemas']['Domains'];
export type Look = components['schemas']['Look'];
const one = (id: string) => ({ params: { path: { id } } });

export const listDomains = (): Promise<Domains> => answer(api.GET('/api/v1/domains'));
export const addDomain = (name: string): Promise<Domain> => answer(api.POST('/api/v1/domains', { body: { name } }));
export const checkDomain = (id: string): Promise<Domain> => answer(api.POST('/api/v1/domains/{id}/check', one(id)));
export const allowDomain = (id: string): Promise<Domain> => answer(api.POST('/api/v1/domains/{id}/allow-list', one(id)));
export const includeSubdomains = (id: string, subdomains: boolean): Promise<Domain> =>
  answer(api.PATCH('/api/v1/domains/{id}', { ...one(id), body: { subdomains } }));
export const removeDomain = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/domains/{id}', one(id)));
export const sendCode = (id: string, mailbox: string): Promise<unknown> =>
  answer(api.POST('/api/v1/domains/{id}/code', { ...one(id), body: { mailbox } }));
export const giveCode = (id: string, code: string): Promise<Domain> => answer(api.POST('/api/v1/domains/{id}/verify', { ...one(id), body: { code } }));
export const confirmOwnAddress = (): Promise<unknown> => answer(api.POST('/api/v1/me/confirmation'));
