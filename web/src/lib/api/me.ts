import { answer, api, raw } from './client';
import type { Me, PersonInput, Session } from './types';

export const getMe = (): Promise<Me> => answer(api.GET('/api/v1/me'));
export const editMe = (input: PersonInput): Promise<Me> => answer(api.PATCH('/api/v1/me', { body: input }));
export const setMyPhoto = (photo: Blob): Promise<unknown> => answer(api.PUT('/api/v1/me/photo', raw(photo)));
export const removeMyPhoto = (): Promise<unknown> => answer(api.DELETE('/api/v1/me/photo'));
export const mySessions = (): Promise<Session[]> => answer(api.GET('/api/v1/me/sessions')).then((r) => r.items);
export const endSession = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } }));
export const endOtherSessions = (): Promise<unknown> => answer(api.DELETE('/api/v1/me/sessions'));
export const changePassword = (current: string, next: string): Promise<unknown> =>
  answer(api.PUT('/api/v1/me/password', { body: { current, new: next } }));
/** Out here; gives the address at which to be out at the identity provider, too, if there is one. */
export const signOut = (): Promise<string | null> => answer(api.DELETE('/api/v1/sessions/current')).then((r) => r?.leads_to ?? null);
