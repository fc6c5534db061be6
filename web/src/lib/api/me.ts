import { del, get, patch, put } from './client';
import type { Me, PersonInput, Session } from './types';

export const getMe = () => get<Me>('/me');
export const editMe = (input: PersonInput) => patch<Me>('/me', input);
export const setMyPhoto = (raw: Blob) => put('/me/photo', undefined, { raw });
export const removeMyPhoto = () => del('/me/photo');
export const mySessions = () => get<{ items: Session[] }>('/me/sessions').then((r) => r.items);
export const endSession = (id: string) => del(`/me/sessions/${id}`);
export const endOtherSessions = () => del('/me/sessions');
export const changePassword = (current: string, next: string) => put('/me/password', { current, new: next });
export const signOut = () => del('/sessions/current');
