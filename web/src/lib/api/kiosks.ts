import { answer, api } from './client';
import type { components } from './generated/schema';

export type Kiosk = components['schemas']['KioskView'];
export type NewKiosk = components['schemas']['NewKiosk'];

export const listKiosks = (): Promise<Kiosk[]> => answer(api.GET('/api/v1/kiosks')).then((r) => r.items);
export const createKiosk = (input: { name: string; place: string; idle_seconds: number }): Promise<NewKiosk> => answer(api.POST('/api/v1/kiosks', { body: input }));
export const endKiosk = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/kiosks/{id}', { params: { path: { id } } }));
