import { answer, api } from './client';
import type { components } from './generated/schema';

export type MyFactors = components['schemas']['MyFactors'];
export type Factors = components['schemas']['FactorsView'];
export type Passkey = components['schemas']['PasskeyView'];
export type Device = components['schemas']['DeviceView'];
export type FreshApp = components['schemas']['FreshApp'];
export type Challenge = components['schemas']['ChallengeView'];
export type PasskeyGiven = components['schemas']['PasskeyGiven'];
export type Proof = { password: string } | { code: string } | { passkey: PasskeyGiven };
const one = (id: string) => ({ params: { path: { id } } });

export const myFactors = (): Promise<MyFactors> => answer(api.GET('/api/v1/me/factors'));
export const beginApp = (): Promise<FreshApp> => answer(api.POST('/api/v1/me/factors/app'));
export const confirmApp = (setup: string, code: string): Promise<string[]> =>
  answer(api.PUT('/api/v1/me/factors/app', { body: { setup, code } })).then((r) => r.recovery_codes);
export const removeApp = (): Promise<unknown> => answer(api.DELETE('/api/v1/me/factors/app'));
export const newRecoveryCodes = (): Promise<string[]> => answer(api.POST('/api/v1/me/recovery-codes')).then((r) => r.recovery_codes);
export const beginPasskey = (): Promise<Challenge> => answer(api.POST('/api/v1/me/passkeys/challenge'));
export const addPasskey = (passkey: PasskeyGiven, name: string): Promise<{ passkey: Passkey; recovery_codes: string[] }> =>
  answer(api.POST('/api/v1/me/passkeys', { body: { passkey, name } }));
export const renamePasskey = (id: string, name: string): Promise<unknown> => answer(api.PATCH('/api/v1/me/passkeys/{id}', { ...one(id), body: { name } }));
export const removePasskey = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/me/passkeys/{id}', one(id)));
export const forgetDevice = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/me/devices/{id}', one(id)));
export const proofChallenge = (): Promise<Challenge> => answer(api.POST('/api/v1/me/proof/challenge'));
export const prove = (proof: Proof): Promise<unknown> => answer(api.POST('/api/v1/me/proof', { body: proof }));

export const personFactors = (id: string): Promise<Factors> => answer(api.GET('/api/v1/people/{id}/factors', one(id)));
export const removeFactors = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/people/{id}/factors', one(id)));
