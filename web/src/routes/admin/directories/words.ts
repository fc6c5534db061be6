import type { Directory, DirectoryKind, DirectoryMapping, DirectoryPreset, DirectorySettings } from '$lib/api/types';
import { COLUMN_FIELDS } from '../import/fields';

/** Fields that an attribute can fill, in the order of the form: managers are mapped apart. */
const NOT_MAPPED = new Set(['manager_email', 'manager_employee_id', 'manager_name', 'login_method', 'status']);
export const FIELDS = COLUMN_FIELDS.filter(({ value }) => !NOT_MAPPED.has(value));
export const fieldLabel = (field: string) => FIELDS.find((f) => f.value === field)?.label ?? field;
export const kindLabel: Record<DirectoryKind, string> = { active_directory: 'Active Directory', open_ldap: 'OpenLDAP and others' };

/** How a directory is doing, in a word. */
export function stateOf(d: Directory): { tone: 'good' | 'bad' | 'quiet' | 'info'; label: string } {
  if (d.trouble) return { tone: 'bad', label: 'Needs a look' };
  if (!d.applied_at) return { tone: 'info', label: 'Not applied yet' };
  if (d.silent) return { tone: 'bad', label: 'Agent is silent' };
  if (d.settings.via === 'agent') return { tone: 'good', label: 'Read by an agent' };
  return d.next_at ? { tone: 'good', label: 'On schedule' } : { tone: 'quiet', label: 'Only by hand' };
}

/** A copy that is no part of any state. */
export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function emptySettings(preset: DirectoryPreset): DirectorySettings {
  return {
    kind: preset.kind,
    via: 'server',
    server: { host: '', port: null, security: 'ldaps', ca: null, bind_dn: '' },
    base: '',
    filter: '',
    group: null,
    groups: null,
    mapping: copy(preset.mapping),
    invite: false,
    automatic: true,
    every_minutes: 15,
    full_hours: 24,
  };
}

/** The form's lines: every field once, with its attribute or none. */
export const lines = (mapping: DirectoryMapping) => FIELDS.map((f) => ({ field: f.value, attribute: mapping.rules.find((r) => r.field === f.value)?.attribute ?? '' }));
export const rules = (typed: { field: string; attribute: string }[]) => typed.filter((l) => l.attribute.trim()).map((l) => ({ field: l.field, attribute: l.attribute.trim() }));
