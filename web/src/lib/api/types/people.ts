/** People, their profiles and accounts, as the API shows them. */

import type { InvitationState } from './arrivals';

export type AccountState = 'uninvited' | 'invited' | 'claimed' | 'deactivated';
export type Source = 'admin' | 'file' | 'scim' | 'directory' | 'sso' | 'self' | 'api';
export type Permission =
  | 'people.read' | 'people.write' | 'people.invite' | 'people.deactivate' | 'people.delete' | 'people.import' | 'people.supervise'
  | 'groups.manage' | 'roles.manage' | 'audit.read' | 'workplace.manage' | 'outbox.read' | 'tokens.manage'
  | 'insights.read' | 'content.moderate'
  | 'connectors.manage'
  | 'scim';
export type ProfileField =
  | 'given_name' | 'middle_name' | 'family_name' | 'display_name' | 'email' | 'employee_id' | 'phone' | 'title'
  | 'department' | 'division' | 'organization' | 'cost_center' | 'location' | 'locale' | 'time_zone' | 'manager'
  | 'start_date' | 'end_date' | 'frontline' | 'login_method' | 'photo';

export interface Page<T> {
  items: T[];
  next: string | null;
}
export interface PersonLite {
  id: string;
  display_name: string;
  photo_url: string | null;
}
export interface PersonRow extends PersonLite {
  email: string | null;
  employee_id: string | null;
  title: string | null;
  department: string | null;
  location: string | null;
  state: AccountState;
  role: string;
  created_source: Source;
  created_at: string;
  invited_at: string | null;
  claimed_at: string | null;
}
export interface FieldFacts {
  source: Source;
  /** Which connector or directory, and what it is called. */
  of: string | null;
  name: string | null;
  at: string | null;
  editable: boolean;
  note: string | null;
  /** It was handed to this source, whatever its rank. */
  handed: boolean;
  /** What other sources say, which is not used. */
  kept: { source: Source; of: string | null; name: string | null; value: string; at: string }[];
}
export interface InvitationFacts {
  state: InvitationState;
  sent_at: string | null;
  visited_at: string | null;
  bounced_at: string | null;
  bounce_reason: string | null;
  expires_at: string | null;
  reminders: number;
}
export type CodeState = 'live' | 'used' | 'replaced' | 'revoked' | 'ended' | 'expired';
export interface CodeFacts {
  state: CodeState;
  created_at: string;
  expires_at: string;
  ended_at: string | null;
}
export type PersonAction = 'invite' | 'remind' | 'revoke' | 'unclaim' | 'deactivate' | 'reactivate' | 'hand_back' | 'strip' | 'delete';
export type LoginMethod = 'password' | 'sso' | 'both';
export interface Person extends PersonRow {
  given_name: string | null;
  middle_name: string | null;
  family_name: string | null;
  phone: string | null;
  division: string | null;
  organization: string | null;
  cost_center: string | null;
  locale: string | null;
  time_zone: string | null;
  manager: PersonLite | null;
  start_date: string | null;
  end_date: string | null;
  frontline: boolean;
  login_method: LoginMethod;
  deactivated_at: string | null;
  ended_by: Source | null;
  wanted_by: Source[];
  former: boolean;
  reports_count: number;
  version: number;
  fields: Partial<Record<ProfileField, FieldFacts>>;
  invitation: InvitationFacts | null;
  access_code: CodeFacts | null;
  username: string | null;
  supervises: string[];
  actions: PersonAction[];
  /** Why you can't change them at all, and who can. */
  locked: string | null;
}
/** What a form sends: manager by id, everything else as it reads. */
export type PersonInput = Partial<
  Record<Exclude<ProfileField, 'photo' | 'manager' | 'frontline'>, string | null> & {
    manager_id: string | null;
    frontline: boolean;
  }
>;

export type FieldOwner = 'admin' | 'owner';
export interface WorkplaceSettings {
  invite_days: number;
  brake_percent: number;
  brake_minimum: number;
  mail_from_name: string | null;
  terms_url: string | null;
  field_editing: Partial<Record<ProfileField, FieldOwner>>;
  joining: 'invited' | 'domains';
  coworkers: 'admins' | 'domains' | 'all';
  coworker_domains: string[];
  required_fields: ProfileField[];
  remind_days: number[];
  quiet_from: number;
  quiet_to: number;
  quiet_weekends: boolean;
  without_email: boolean;
  log_in_again_days: number;
  second_factor: 'optional' | 'admins' | 'everyone';
  second_factor_roles: string[];
  second_factor_days: number;
  remember_devices: boolean;
  ranks: Ranks;
}
export type Keeper = 'people' | 'scim' | 'directory' | 'sso' | 'file';
/** Who has the word: the higher rank, among equals the last; `order`: connectors and directories by id, the highest first. */
export interface Ranks {
  order: string[];
  sources: Partial<Record<Keeper, number>>;
  fields: Partial<Record<ProfileField, Partial<Record<Keeper, number>>>>;
}
export interface Workplace {
  id: string;
  name: string;
  locale: string;
  time_zone: string;
  colour: string;
  logo_url: string | null;
  settings: WorkplaceSettings;
}
export interface Me {
  account: Person;
  workplace: Workplace;
  permissions: Permission[];
  session_id: string | null;
  kiosk: { idle_seconds: number } | null;
}
export interface Session {
  id: string;
  current: boolean;
  device: string;
  browser: string;
  address: string;
  created_at: string;
  last_seen_at: string;
}

export type StateCounts = Record<AccountState | 'all', number>;
export interface PeopleFilter {
  q?: string;
  state?: AccountState;
  department?: string;
  location?: string;
  source?: Source;
  role?: string;
  manager?: string;
}
export interface PeoplePage extends Page<PersonRow> {
  counts: StateCounts;
}
export interface Facet {
  value: string;
  label: string;
}
export type BulkAction = 'invite' | 'remind' | 'deactivate' | 'reactivate' | 'add_to_group' | 'delete' | 'unclaim' | 'notify';
/** The people a bulk action is for: picked ones, or all that match. */
export type Target = { ids: string[] } | { filter: PeopleFilter };
export interface Job {
  id: string;
  kind: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  done: number;
  total: number;
  message: string | null;
  error: string | null;
}

export interface DirectoryPerson extends PersonLite {
  title: string | null;
  department: string | null;
  location: string | null;
}
export interface DirectoryProfile extends DirectoryPerson {
  email: string | null;
  phone: string | null;
  division?: string | null;
  organization?: string | null;
  time_zone?: string | null;
  state?: AccountState;
  manager: PersonLite | null;
  groups: { id: string; name: string }[];
}
export interface OrgPerson extends PersonLite {
  title: string | null;
  department: string | null;
  reports_count: number;
}
export interface OrgView {
  person: OrgPerson | null;
  managers: OrgPerson[];
  reports: OrgPerson[];
}
