/** Roles, the audit log, the outbox and API tokens. */
import type { Page, Permission, Source } from './people';

export interface Role {
  key: string;
  name: string;
  description: string;
  permissions: Permission[];
  built_in: boolean;
  people: number;
}
export interface PermissionInfo {
  key: Permission;
  label: string;
  description: string;
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}
export interface AuditEvent {
  id: string;
  at: string;
  actor: { kind: 'account' | 'token' | 'command_line' | 'system'; id: string | null; name: string };
  source: Source | string;
  verb: string;
  subject: { kind: string; id: string | null; name: string };
  changes: Change[];
  run_id: string | null;
  request_id: string | null;
}
export interface AuditFilter {
  q?: string;
  actor?: string;
  subject?: string;
  verb?: string;
  source?: string;
  from?: string;
  to?: string;
}

export type MailState = 'waiting' | 'sending' | 'sent' | 'failed' | 'bounced' | 'unknown' | 'cancelled';
export interface Mail {
  id: string;
  kind: string;
  recipient: string;
  subject: string;
  state: MailState;
  attempts: number;
  next_at: string | null;
  last_error: string | null;
  created_at: string;
  sent_at: string | null;
}
export interface MailDetail extends Mail {
  text: string;
  html: string;
  links: string[];
}
export interface OutboxPage extends Page<Mail> {
  mail: { configured: boolean; from: string | null };
}

export interface ApiToken {
  id: string;
  name: string;
  hint: string;
  scopes: Permission[];
  created_by: { id: string; display_name: string } | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}
