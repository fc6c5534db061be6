import { answer, api, filled, urlOf } from './client';
import type { Leaver, LeaverFilter, LeavingProof, Page } from './types';

export const listLeavers = (query: LeaverFilter & { after?: string; limit?: number }, signal?: AbortSignal): Promise<Page<Leaver>> =>
  answer(api.GET('/api/v1/leavers', { params: { query: filled(query) }, signal })) as Promise<Page<Leaver>>;
export const readLeaving = (id: string): Promise<LeavingProof> =>
  answer(api.GET('/api/v1/leavers/{id}', { params: { path: { id } } })) as Promise<LeavingProof>;
export const leaversExportUrl = (filter: LeaverFilter, format: 'csv' | 'json') => urlOf('/leavers/export', { ...filter, format });
export const proofUrl = (id: string, format: 'csv' | 'json') => urlOf(`/leavers/${id}/export`, { format });
