/** Directories (LDAP) that decide who is here. */
export type DirectoryKind = 'active_directory' | 'open_ldap';
export type DirectorySecurity = 'ldaps' | 'start_tls' | 'none';

export interface DirectoryMapping {
  rules: { field: string; attribute: string }[];
  manager: string | null;
  photo: string | null;
}
export interface DirectorySettings {
  kind: DirectoryKind;
  via: 'server' | 'agent';
  server: { host: string; port: number | null; security: DirectorySecurity; ca: string | null; bind_dn: string };
  base: string;
  filter: string;
  group: string | null;
  groups: string | null;
  mapping: DirectoryMapping;
  invite: boolean;
  automatic: boolean;
  every_minutes: number;
  full_hours: number;
}
export interface Directory {
  id: string;
  name: string;
  settings: DirectorySettings;
  has_password: boolean;
  people: number;
  next_at: string | null;
  checked_at: string | null;
  full_at: string | null;
  applied_at: string | null;
  trouble: string | null;
  /** Nothing came from its agent for more than a day. */
  silent: boolean;
  sets: number;
  groups_at: string | null;
  groups_trouble: string | null;
  /** What the brake holds of the groups. */
  groups_held: GroupsHeld | null;
  created_at: string;
}
export interface GroupsHeld {
  lost: number;
  memberships: number;
  gone: number;
  groups: number;
  worst: { name: string; lost: number }[];
}
export interface DirectoryPreset {
  kind: DirectoryKind;
  filter: string;
  key_attribute: string;
  mapping: DirectoryMapping;
}
export interface DirectorySample {
  dn: string;
  key: string;
  values: { field: string; value: string }[];
  manager: string | null;
  has_photo: boolean;
  left: string | null;
  attributes: string[];
}
export interface DirectoryLook {
  steps: { title: string; done: boolean; detail: string }[];
  people: DirectorySample[];
}
