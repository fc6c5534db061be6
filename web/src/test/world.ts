/** A small server in memory for component tests: answers by method and path, and remembers what was asked. */
import { vi } from 'vitest';
import type { Me, Permission, Person } from '$lib/api/types';
import { session } from '$lib/state/session.svelte';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}
type Reply = unknown | ((asked: Asked) => unknown);

export class Refusal {
  constructor(
    readonly status: number,
    readonly body: object,
  ) {}
}

export function serve(routes: Record<string, Reply>): Asked[] {
  const log: Asked[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const asked: Asked = { method: request.method, path: url.pathname.replace('/api/v1', ''), query: url.searchParams, body: text ? JSON.parse(text) : undefined };
    log.push(asked);
    const reply = routes[`${asked.method} ${asked.path}`];
    const value = typeof reply === 'function' ? (reply as (a: Asked) => unknown)(asked) : reply;
    const status = value instanceof Refusal ? value.status : reply === undefined ? 404 : 200;
    const body = value instanceof Refusal ? value.body : (value ?? { detail: `No such route: ${asked.method} ${asked.path}` });
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  });
  return log;
}

export function person(part: Partial<Person> = {}): Person {
  return {
    id: 'p1', display_name: 'Zoë Çelik', email: 'zoe@northgate.example', employee_id: '7', title: 'Nurse', department: 'Care', location: 'Lyon', state: 'claimed', role: 'member', photo_url: null,
    created_source: 'file', created_at: '2026-01-01T00:00:00Z', invited_at: null, claimed_at: null, given_name: 'Zoë', middle_name: null, family_name: 'Çelik', phone: null, division: null, organization: null,
    cost_center: null, locale: null, time_zone: null, manager: null, start_date: null, end_date: null, frontline: false, login_method: 'password', deactivated_at: null, ended_by: null, wanted_by: [], former: false, reports_count: 3, version: 1,
    fields: {}, invitation: null, access_code: null, username: null, supervises: [], actions: [], locked: null, ...part,
  } as Person;
}

export function signIn(permissions: Permission[] = [], account: Partial<Person> = {}): void {
  session.me = {
    account: person({ id: 'me', display_name: 'Hester Vance', ...account }), permissions, session_id: 's1', kiosk: null,
    workplace: { id: 'w', name: 'Northgate', locale: 'en-GB', time_zone: 'Europe/London', colour: '#1c6b5a', logo_url: null, settings: { invite_days: 30, brake_percent: 5, brake_minimum: 5, mail_from_name: null, terms_url: null, field_editing: {}, joining: 'invited', coworkers: 'admins', coworker_domains: [], required_fields: [], without_email: false, log_in_again_days: 0, second_factor: 'optional', second_factor_roles: [], second_factor_days: 7, remember_devices: true, remind_days: [3, 5], quiet_from: 19, quiet_to: 8, quiet_weekends: false, ranks: { sources: {}, fields: {}, order: [] } } },
  } as Me;
}
