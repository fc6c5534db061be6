import { answer, api, filled } from './client';
import type { Directory, DirectoryLook, DirectoryPreset, DirectorySettings, Import, Page } from './types';

const one = (id: string) => ({ params: { path: { id } } });

export const listDirectories = (): Promise<Directory[]> => answer(api.GET('/api/v1/directories')).then((r) => r.items as Directory[]);
export const directoryPresets = (): Promise<DirectoryPreset[]> => answer(api.GET('/api/v1/directories/presets')).then((r) => r.items as DirectoryPreset[]);
export const getDirectory = (id: string): Promise<Directory> => answer(api.GET('/api/v1/directories/{id}', one(id))).then((d) => d as Directory);
export const connectDirectory = (name: string, settings: DirectorySettings, password: string): Promise<Directory> =>
  answer(api.POST('/api/v1/directories', { body: { name, settings, password: password || null } })).then((d) => d as Directory);
export const editDirectory = (id: string, edit: { name?: string; settings?: DirectorySettings; password?: string; scheduled?: boolean }): Promise<Directory> =>
  answer(api.PATCH('/api/v1/directories/{id}', { ...one(id), body: edit })).then((d) => d as Directory);
export const removeDirectory = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/directories/{id}', one(id)));
/** Goes the whole way there and looks; nothing is kept. `id`: whose password is used when none is typed. */
export const lookAtDirectory = (settings: DirectorySettings, password: string, id?: string): Promise<DirectoryLook> =>
  answer(api.POST('/api/v1/directories/look', { body: { id: id ?? null, settings, password: password || null } })).then((l) => l as DirectoryLook);
export const directoryRuns = (id: string, after?: string): Promise<Page<Import>> =>
  answer(api.GET('/api/v1/directories/{id}/runs', { params: { path: { id }, query: filled({ after }) } }));
/** Lets the groups lose once what the brake holds. */
export const releaseGroups = (id: string): Promise<unknown> => answer(api.POST('/api/v1/directories/{id}/groups/release', one(id)));
export const readDirectory = (id: string, full: boolean): Promise<Import> => answer(api.POST('/api/v1/directories/{id}/runs', { ...one(id), body: { full } }));
