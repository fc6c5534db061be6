/** Imports and invitations: how people arrive. */
import type { PersonLite } from './people';

export type ImportMode = 'add' | 'full' | 'leavers' | 'invite';
export type ImportState =
  | 'reading' | 'mapping' | 'planning' | 'planned' | 'applying' | 'applied' | 'undoing' | 'undone' | 'cancelled' | 'failed';
export type RowStatus = 'valid' | 'incomplete' | 'invalid' | 'unchanged';
export type RowAction = 'create' | 'update' | 'deactivate' | 'reactivate' | 'invite' | 'none';
export interface ImportColumn {
  index: number;
  header: string;
  sample: string[];
  field: string | null;
  confidence: 'sure' | 'likely' | 'unsure';
}
export type ImportCounts = Record<'rows' | RowStatus | Exclude<RowAction, 'none'>, number>;
export interface Import {
  id: string;
  /** The directory whose people these are; null for a file. */
  directory_id: string | null;
  full: boolean;
  scheduled: boolean;
  file_name: string;
  mode: ImportMode;
  state: ImportState;
  error: string | null;
  mapping: {
    header_line: number | null;
    columns: ImportColumn[];
    encoding: string | null;
    delimiter: string | null;
    sheet: string | null;
  } | null;
  options: { invite: boolean };
  counts: ImportCounts;
  progress: { stage: string; done: number; total: number } | null;
  brake: { would_deactivate: number; limit: number; active: number; confirmed: boolean } | null;
  /** Its file and rows were removed, because they were kept long enough. */
  tidied: boolean;
  undo: { possible: boolean; reason: string | null } | null;
  undo_result: { restored: number; kept: number; links_back: number; invited_again: number; without_link: number } | null;
  created_by: { id: string; display_name: string } | null;
  created_at: string;
  planned_at: string | null;
  applied_at: string | null;
  undone_at: string | null;
}
export interface RowProblem {
  column: string | null;
  field: string | null;
  value: string | null;
  message: string;
}
export interface ImportRow {
  line: number;
  status: RowStatus;
  action: RowAction;
  name: string;
  account_id: string | null;
  problems: RowProblem[];
  outcome: string | null;
}

export type InvitationState = 'waiting' | 'sent' | 'bounced' | 'visited' | 'claimed' | 'expired' | 'revoked';
export interface Invitation {
  id: string;
  person: PersonLite & { email: string | null; department?: string | null };
  state: InvitationState;
  sent_at: string | null;
  bounced_at: string | null;
  bounce_reason: string | null;
  visited_at: string | null;
  claimed_at: string | null;
  reminded_at: string | null;
  reminders: number;
  invited_by: { id: string; display_name: string } | null;
  expires_at: string | null;
}
export type Funnel = Record<'invited' | 'sent' | 'bounced' | 'visited' | 'claimed', number>;
