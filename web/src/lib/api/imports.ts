import { answer, api, filled, upload, urlOf } from './client';
import type { Import, ImportMode, ImportRow, Page, RowAction, RowStatus } from './types';

const one = (id: string) => ({ params: { path: { id } } });

export const templateUrl = (format: 'csv' | 'xlsx') => urlOf('/imports/template', { format });
export const startImport = (file: File, mode: ImportMode, onprogress: (part: number) => void): Promise<Import> =>
  upload<Import>('/imports', file, { mode, file_name: file.name }, onprogress);
export const listImports = (after?: string): Promise<Page<Import>> => answer(api.GET('/api/v1/imports', { params: { query: filled({ after }) } }));
export const getImport = (id: string): Promise<Import> => answer(api.GET('/api/v1/imports/{id}', one(id)));
export const setMapping = (id: string, columns: { index: number; field: string | null }[], options: { invite: boolean }): Promise<Import> =>
  answer(api.PUT('/api/v1/imports/{id}/mapping', { ...one(id), body: { columns, options } }));
export const importRows = (id: string, query: { status?: RowStatus; action?: RowAction; after?: string; limit?: number }, signal?: AbortSignal): Promise<Page<ImportRow>> =>
  answer(api.GET('/api/v1/imports/{id}/rows', { params: { path: { id }, query: filled({ ...query, after: query.after === undefined ? undefined : Number(query.after) }) }, signal }));
export const applyImport = (id: string, confirm_brake: boolean): Promise<Import> =>
  answer(api.POST('/api/v1/imports/{id}/apply', { ...one(id), body: { confirm_brake } }));
export const cancelImport = (id: string): Promise<Import> => answer(api.POST('/api/v1/imports/{id}/cancel', one(id)));
export const undoImport = (id: string, inviteAgain: boolean): Promise<Import> => answer(api.POST('/api/v1/imports/{id}/undo', { ...one(id), body: { invite_again: inviteAgain } }));
export const resultUrl = (id: string) => urlOf(`/imports/${id}/result`, { format: 'csv' });
