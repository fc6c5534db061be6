import { leave } from '../state/leave';
import { asProblem, isAbort, problemFrom } from './problem';

type Query = object;
export interface Options {
  query?: Query;
  body?: unknown;
  /** A raw body (a file) and its media type. */
  raw?: Blob;
  signal?: AbortSignal;
}

/** `/people?a=b` from a path and the query values that are set. */
export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

async function call<T>(method: string, path: string, { query, body, raw, signal }: Options = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(urlOf(path, query), {
      method,
      signal,
      credentials: 'same-origin',
      headers: raw
        ? { 'Content-Type': raw.type || 'application/octet-stream' }
        : body === undefined
          ? undefined
          : { 'Content-Type': 'application/json' },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  } catch (error) {
    throw isAbort(error) ? error : asProblem(error);
  }
  const isJson = response.headers.get('Content-Type')?.includes('json');
  const data: unknown = isJson ? await response.json().catch(() => null) : null;
  if (response.status === 401) leave();
  if (!response.ok) throw problemFrom(response.status, data, response.headers.get('Retry-After'));
  return data as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal });
export const post = <T = void>(path: string, body?: unknown, options?: Options) => call<T>('POST', path, { ...options, body });
export const put = <T = void>(path: string, body?: unknown, options?: Options) => call<T>('PUT', path, { ...options, body });
export const patch = <T = void>(path: string, body: unknown) => call<T>('PATCH', path, { body });
export const del = <T = void>(path: string) => call<T>('DELETE', path);

/** Sends a file and tells how far it is, 0 to 1: fetch cannot. */
export function upload<T>(path: string, file: File, query: Query, onprogress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', urlOf(path, query));
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = (e) => onprogress(e.lengthComputable ? e.loaded / e.total : 0);
    request.onerror = () => reject(asProblem(new TypeError('network')));
    request.onload = () => {
      if (request.status === 401) leave();
      if (request.status < 300) resolve(request.response as T);
      else reject(problemFrom(request.status, request.response, request.getResponseHeader('Retry-After')));
    };
    request.send(file);
  });
}
