/** The words that screens show for what the API names. */
import type {
  AccountState, CodeState, GroupKind, ImportMode, ImportState, InvitationState, MailState, PersonAction, Privacy, ProfileField, RowAction, RowStatus, Source,
} from '$lib/api/types';
import { sentence } from './format';

export type Tone = 'quiet' | 'good' | 'warn' | 'bad' | 'info' | 'accent';

export const stateLabel: Record<AccountState, string> = {
  uninvited: 'Not invited',
  invited: 'Invited',
  claimed: 'Active',
  deactivated: 'Deactivated',
};
export const stateTone: Record<AccountState, Tone> = { uninvited: 'quiet', invited: 'info', claimed: 'good', deactivated: 'bad' };

export const sourceLabel: Record<Source, string> = {
  admin: 'Admin',
  file: 'People file',
  scim: 'Identity provider',
  directory: 'Directory',
  sso: 'Single sign-on',
  self: 'The person',
  api: 'API',
};
export const sourceName = (source: string) =>
  sourceLabel[source as Source] ?? ({ command_line: 'Command line', system: 'Guildhall', rule: 'Rule', link: 'Link' } as Record<string, string>)[source] ?? plain(source);

/** How somebody came in. */
export const methodLabel: Record<string, string> = {
  password: 'Password',
  claim: 'Invitation',
  join: 'Joined by address',
  code: 'Access code',
  setup: 'Set-up',
  phone: 'Phone, on a kiosk',
  passkey: 'Passkey',
  saml: 'Single sign-on',
  oidc: 'Single sign-on (OpenID)',
};

/** A source inside a sentence. */
export const bySource = (source: string) => (source === 'api' ? 'the API' : source === 'self' ? 'the person' : source === 'admin' ? 'an admin' : `the ${sourceName(source).toLowerCase()}`);

export const fieldLabel: Record<ProfileField, string> = {
  given_name: 'First name',
  middle_name: 'Middle name',
  family_name: 'Last name',
  display_name: 'Display name',
  email: 'E-mail',
  employee_id: 'Employee ID',
  phone: 'Phone',
  title: 'Job title',
  department: 'Department',
  division: 'Division',
  organization: 'Organisation',
  cost_center: 'Cost centre',
  location: 'Location',
  locale: 'Language',
  time_zone: 'Time zone',
  manager: 'Manager',
  start_date: 'Start date',
  end_date: 'End date',
  frontline: 'Frontline worker',
  login_method: 'Signs in with',
  photo: 'Photo',
};
/** A field as a heading; fields of other things (a group's privacy) read as their own name. */
export const fieldName = (field: string): string => {
  // What another source says, and to whom a field was handed: `kept.title.scim`, `handed.title`.
  const [what, of, by] = field.split('.');
  if (what === 'kept' && of && by) return `${fieldName(of)}, not used, by ${bySource(by)}`;
  if (what === 'handed' && of) return `${fieldName(of)}, handed to`;
  return plainName(field);
};
const plainName = (field: string) =>
  fieldLabel[field as ProfileField] ??
  ({ manager_id: 'Manager', manager_email: 'Manager’s e-mail', manager_employee_id: 'Manager’s employee ID', state: 'State', role: 'Role' } as Record<string, string>)[field] ??
  plain(field);

export const roleLabel: Record<string, string> = {
  member: 'Member',
  analyst: 'Analyst',
  account_manager: 'Account manager',
  content_moderator: 'Content moderator',
  system_admin: 'System admin',
};
export const roleName = (key: string, custom: { key: string; name: string }[] = []) =>
  custom.find((r) => r.key === key)?.name ?? roleLabel[key] ?? plain(key.replace(/^custom-/, ''));

export const actionLabel: Record<PersonAction, string> = {
  invite: 'Invite',
  remind: 'Send a reminder',
  revoke: 'Take the invitation back',
  unclaim: 'Set to unclaimed',
  deactivate: 'Deactivate',
  reactivate: 'Reactivate',
  hand_back: 'Let the sources decide',
  strip: 'Remove personal data',
  delete: 'Delete',
};

export const loginLabel = { password: 'Password', sso: 'Single sign-on', both: 'Password or single sign-on' } as const;

export const modeLabel: Record<ImportMode, string> = {
  add: 'Add and update',
  full: 'Full list',
  leavers: 'Leavers',
  invite: 'Invite',
};
export const importStateLabel: Record<ImportState, string> = {
  reading: 'Reading',
  mapping: 'Needs a look',
  planning: 'Planning',
  planned: 'Ready to apply',
  applying: 'Applying',
  applied: 'Applied',
  undoing: 'Undoing',
  undone: 'Undone',
  cancelled: 'Cancelled',
  failed: 'Failed',
};
export const importStateTone: Record<ImportState, Tone> = {
  reading: 'info', mapping: 'warn', planning: 'info', planned: 'accent', applying: 'info', applied: 'good', undoing: 'info', undone: 'quiet',
  cancelled: 'quiet', failed: 'bad',
};
export const rowStatusLabel: Record<RowStatus, string> = { valid: 'Valid', incomplete: 'Incomplete', invalid: 'Invalid', unchanged: 'Unchanged' };
export const rowActionLabel: Record<RowAction, string> = {
  create: 'Add',
  update: 'Update',
  deactivate: 'Deactivate',
  reactivate: 'Reactivate',
  invite: 'Invite',
  none: 'Nothing',
};

/** The same once it is done. */
export const rowDoneLabel: Record<RowAction, string> = {
  create: 'Added',
  update: 'Updated',
  deactivate: 'Deactivated',
  reactivate: 'Reactivated',
  invite: 'Invited',
  none: 'Nothing',
};

export const invitationLabel: Record<InvitationState, string> = {
  waiting: 'Waiting to be sent',
  sent: 'Sent',
  bounced: 'Bounced',
  visited: 'Link opened',
  claimed: 'Claimed',
  expired: 'Expired',
  revoked: 'Revoked',
};
export const invitationTone: Record<InvitationState, Tone> = {
  waiting: 'quiet', sent: 'info', bounced: 'bad', visited: 'accent', claimed: 'good', expired: 'warn', revoked: 'quiet',
};

export const codeLabel: Record<CodeState, string> = {
  live: 'Not used yet',
  used: 'Used',
  replaced: 'Replaced by a newer one',
  revoked: 'Taken back',
  ended: 'Ended',
  expired: 'Too old',
};
export const codeTone: Record<CodeState, Tone> = { live: 'info', used: 'good', replaced: 'quiet', revoked: 'quiet', ended: 'quiet', expired: 'warn' };

/** What a list says of somebody's access code. */
export const codeLine = (hasEmail: boolean, state: CodeState | undefined): string =>
  hasEmail ? 'Has an e-mail address' : state ? `Code: ${codeLabel[state].toLowerCase()}` : 'No code yet';

export const mailLabel: Record<MailState, string> = {
  waiting: 'Waiting',
  sending: 'Being sent',
  sent: 'Sent',
  failed: 'Failed',
  bounced: 'Bounced',
  unknown: 'May have been sent',
  cancelled: 'Cancelled',
};
export const mailTone: Record<MailState, Tone> = {
  waiting: 'quiet', sending: 'info', sent: 'good', failed: 'bad', bounced: 'bad', unknown: 'warn', cancelled: 'quiet',
};

export const kindLabel: Record<GroupKind, string> = {
  teams: 'Teams & projects',
  discussions: 'Discussions',
  announcements: 'Announcements',
  social: 'Social',
  learning: 'Learning',
};
export const privacyLabel: Record<Privacy, string> = { open: 'Open', closed: 'Closed', secret: 'Secret' };
export const privacyMeaning: Record<Privacy, string> = {
  open: 'Anyone here can find it, read it and join.',
  closed: 'Anyone here can find it and see who is in it; only members read it. People ask to join, or are added.',
  secret: 'Only its members know that it exists. People are added.',
};

/** `send_later.x` as "Send later x". */
export function plain(name: string): string {
  return sentence(name.replace(/[_.\-:]+/g, ' ').trim());
}
