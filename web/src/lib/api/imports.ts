import { get, post, put, upload, urlOf } from './client';
import type { Import, ImportMode, ImportRow, Page } from './types';

export const templateUrl = (format: 'csv' | 'xlsx') => urlOf('/imports/template', { format });
export const startImport = (file: File, mode: ImportMode, onprogress: (part: number) => void) =>
  upload<Import>('/imports', file, { mode, file_name: file.name }, onprogress);
export const listImports = (after?: string) => get<Page<Import>>('/imports', { after });
export const getImport = (id: string) => get<Import>(`/imports/${id}`);
export const setMapping = (id: string, columns: { index: number; field: string | null }[], options: { invite: boolean }) =>
  put<Import>(`/imports/${id}/mapping`, { columns, options });
export const importRows = (id: string, query: { status?: string; action?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
  get<Page<ImportRow>>(`/imports/${id}/rows`, query, signal);
export const applyImport = (id: string, confirm_brake: boolean) => post<Import>(`/imports/${id}/apply`, { confirm_brake });
export const cancelImport = (id: string) => post<Import>(`/imports/${id}/cancel`);
export const undoImport = (id: string) => post<Import>(`/imports/${id}/undo`);
export const resultUrl = (id: string) => urlOf(`/imports/${id}/result`, { format: 'csv' });
