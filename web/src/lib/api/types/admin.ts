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
  actor: { kind: 'account' | 'token' | 'connector' | 'command_line' | 'system'; id: string | null; name: string };
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
export type ConnectorOutcome = 'read' | 'changed' | 'unchanged' | 'refused' | 'failed';
export interface ConnectorSettings {
  invite: boolean;
  visible_groups: boolean;
}
export interface Connector {
  id: string;
  name: string;
  settings: ConnectorSettings;
  scim_url: string;
  created_at: string;
  test_began_at: string | null;
  last_used_at: string | null;
  tokens: number;
  /** People whom the brake keeps it from deactivating. */
  held: { gone: number; refused: number; since: string } | null;
}
export interface ConnectorToken {
  id: string;
  hint: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}
export interface ConnectorLogEntry {
  id: string;
  at: string;
  method: string;
  path: string;
  status: number;
  outcome: ConnectorOutcome;
  summary: string;
  reason: string | null;
  notes: string[];
  account_id: string | null;
  /** Null in a list if it is long. */
  body: unknown;
  body_bytes: number | null;
  body_gone: boolean;
  took_ms: number;
}
export interface ConnectorPlan {
  status: number;
  outcome: ConnectorOutcome;
  summary: string;
  notes: string[];
}
export interface Advice {
  tone: 'good' | 'waiting' | 'warning' | 'wrong';
  title: string;
  text: string;
}
