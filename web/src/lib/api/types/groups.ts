/** Groups and who is in them. */
import type { AccountState, PersonLite } from './people';

export type GroupKind = 'teams' | 'discussions' | 'announcements' | 'social' | 'learning';
export type Privacy = 'open' | 'closed' | 'secret';
export interface Group {
  id: string;
  name: string;
  description: string;
  kind: GroupKind;
  privacy: Privacy;
  is_default: boolean;
  members: number;
  my_role: 'owner' | 'member' | null;
  archived_at: string | null;
  sees_members: boolean;
  can_join: boolean;
  can_ask: boolean;
  /** You wait to be let in. */
  asked: boolean;
}
export interface GroupInput {
  name: string;
  description: string;
  kind: GroupKind;
  privacy: Privacy;
  is_default: boolean;
}
export interface GroupMember {
  person: PersonLite & { title?: string | null; department?: string | null; state?: AccountState | null };
  is_owner: boolean;
  source: string;
  joined_at: string;
}
export interface GroupView {
  visible: boolean;
  can_read: boolean;
  can_join: boolean;
  why: string;
  group: Group | null;
}
export interface PersonPreview {
  groups: Group[];
  /** Those that they are put into when they claim their account, and those that they may choose from then. */
  awaiting: Group[];
  offered: Group[];
  people: number;
  manager: GroupMember['person'] | null;
  near: GroupMember['person'][];
  can_sign_in: boolean;
  why: string;
}
