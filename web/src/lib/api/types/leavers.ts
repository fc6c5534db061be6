/** Who left, and the proof of it. */
import type { AccountState, Source } from './people';

export interface Leaver {
  id: string;
  account_id: string;
  name: string;
  state_before: AccountState;
  at: string;
  source: Source;
  actor_kind: 'account' | 'token' | 'connector' | 'command_line' | 'system';
  actor_id: string | null;
  actor_name: string;
  run_id: string | null;
  request_id: string | null;
  last_seen_at: string | null;
  last_accepted_at: string | null;
  last_byte_at: string | null;
  back_at: string | null;
}
export type EndKind = 'session' | 'stream' | 'api_token' | 'invitation' | 'reset_link' | 'access_code' | 'address_link' | 'join_link' | 'letters' | 'connector_token';
export interface End {
  kind: EndKind;
  what: string;
  id: string | null;
  began_at: string | null;
  last_used_at: string | null;
  ended_at: string | null;
}
export interface LeavingProof extends Leaver {
  seconds_to_last_request: number;
  seconds_to_last_byte: number;
  ended: End[];
  goes_on: End[];
  open_now: number;
  read_at: string;
}
export interface LeaverFilter {
  q?: string;
  source?: string;
  from?: string;
  to?: string;
  account?: string;
}
