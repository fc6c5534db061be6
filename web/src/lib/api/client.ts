import createClient from 'openapi-fetch';
import { leave } from '../state/leave';
import { careful } from '../state/proof.svelte';
import type { paths } from './generated/schema';
import { asProblem, isAbort, problemFrom } from './problem';

/** The client made from the server's OpenAPI: paths, parameters and answers are checked when this is built. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin', fetch: careful });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered, or a Problem that a person can read. A 401 leads to the log-in page at once. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  let result: Answer<T>;
  try {
    result = await call;
  } catch (error) {
    throw isAbort(error) ? error : asProblem(error);
  }
  const { response } = result;
  if (response.status === 401) leave();
  if (!response.ok) throw problemFrom(response.status, result.error, response.headers.get('Retry-After'));
  return result.data as T;
}

/** Sends a file as it is, not as JSON. */
export const raw = (file: Blob) => ({
  body: file as never,
  bodySerializer: (body: unknown) => body as Blob,
  headers: { 'Content-Type': file.type || 'application/octet-stream' },
});

/** An address for a link or a download, with the query values that are set. */
export function urlOf(path: string, query: object = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

/** Query values without the empty ones: an empty filter is no filter. */
export function filled<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')) as T;
}

/** Sends a file and tells how far it is, 0 to 1: fetch cannot. */
export function upload<T>(path: string, file: File, query: object, onprogress: (part: number) => void): Promise<T> {
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
