import type { Person, PersonInput, ProfileField } from '$lib/api/types';

/** The fields of a profile form, in the order people think of them. */
export const FIELD_GROUPS: { title: string; fields: Exclude<ProfileField, 'photo'>[] }[] = [
  { title: 'Name', fields: ['given_name', 'family_name', 'middle_name', 'display_name'] },
  { title: 'Contact', fields: ['email', 'phone', 'location'] },
  { title: 'Work', fields: ['title', 'department', 'manager', 'division', 'organization', 'cost_center', 'employee_id', 'start_date', 'end_date', 'frontline'] },
  { title: 'Preferences', fields: ['locale', 'time_zone', 'login_method'] },
];

export const EMPTY_INPUT: PersonInput = {
  given_name: '', family_name: '', middle_name: '', display_name: '', email: '', phone: '', location: '', title: '', department: '', division: '',
  organization: '', cost_center: '', employee_id: '', start_date: '', end_date: '', locale: '', time_zone: '', login_method: 'both', manager_id: null, frontline: false,
};

/** What a form starts with: empty texts for what is not set. */
export function inputOf(person: Person): PersonInput {
  const input: Record<string, unknown> = { manager_id: person.manager?.id ?? null, frontline: person.frontline };
  for (const key of Object.keys(EMPTY_INPUT) as (keyof PersonInput)[]) {
    if (key !== 'manager_id' && key !== 'frontline') input[key] = person[key] ?? '';
  }
  return input as PersonInput;
}

/** Only what was altered; an emptied text is sent as null. */
export function changesOf(before: PersonInput, after: PersonInput): PersonInput {
  const changes: Record<string, unknown> = {};
  for (const key of Object.keys(EMPTY_INPUT) as (keyof PersonInput)[]) {
    const [was, is] = [before[key] ?? null, typeof after[key] === 'string' ? after[key].trim() : after[key]];
    if ((was || null) !== (is || null)) changes[key] = is === '' || is === undefined ? null : is;
  }
  return changes as PersonInput;
}
