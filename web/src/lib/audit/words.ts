import { fieldName, loginLabel, plain, privacyLabel, roleName, sourceName, stateLabel } from '$lib/text/labels';
import { date } from '$lib/text/format';

const VERBS: Record<string, string> = {
  provision: 'added',
  create: 'added',
  update: 'changed',
  invite: 'invited',
  remind: 'reminded',
  claim: 'claimed the account',
  unclaim: 'set to unclaimed',
  deactivate: 'deactivated',
  reactivate: 'reactivated',
  strip: 'removed the personal data of',
  delete: 'deleted',
  set_role: 'changed the role of',
  hand_over: 'handed a field over of',
  hand_back: 'let the sources decide about',
  source_gone: 'no longer hears a source about',
  revoke: 'took back the invitation of',
  bulk: 'changed many people:',
  archive: 'archived',
  restore: 'restored',
  add_members: 'added people to',
  remove_member: 'took a person out of',
  remove_members: 'took people out of',
  set_owner: 'changed an owner of',
  join: 'joined',
  set_rule: 'changed the rule of',
  follow_rule: 'moved people by rule in',
  hold: 'was held by the brake at',
  release: 'let through',
  pause: 'stopped',
  resume: 'let go on',
  take_back: 'took the request back to join',
  decide_request: 'answered requests to join',
  leave: 'left',
  end: 'ended',
  read_link: 'read the personal link of',
  change_password: 'changed the password of',
  connect: 'connected the directory',
  test: 'tested',
  disconnect: 'disconnected the directory',
  sync: 'read the directory',
  edit: 'changed',
  add: 'added',
  remove: 'removed',
  allow_list: 'let in',
  verify: 'verified',
  lose: 'lost',
  proof_missing: 'missed the proof of',
  send_code: 'sent a code for',
  confirm_address: 'confirmed the address of',
  ask: 'asked to let in',
  approve: 'let in',
  decline: 'did not let in',
  notify: 'wrote before inviting to',
  not_me: 'is not',
  deny_log_in: 'said that a log-in was not theirs as',
  give_code: 'gave an access code to',
  revoke_code: 'took back the access code of',
  download_codes: 'downloaded',
  set_supervised: 'changed whom is looked after by',
  enrol: 'became',
  phone_log_in: 'logged in by phone on',
  phone_refused: 'refused a log-in by phone on',
  require_sso: 'changed of whom single sign-on is required in',
  break_glass: 'came in past single sign-on as',
  end_all_sessions: 'logged everybody out of',
  add_passkey: 'added a passkey to',
  remove_passkey: 'removed a passkey of',
  add_totp: 'set an authenticator app up for',
  remove_totp: 'removed the authenticator app of',
  new_recovery_codes: 'made new recovery codes for',
  use_recovery_code: 'used a recovery code of',
  remove_second_factor: 'removed the second factor of',
  recover: 'came back by an access code as',
};

/** What was done, in words: "deactivated", "group: members added". */
export function verbName(verb: string): string {
  const known = VERBS[verb.replace(/^account\./, '')];
  if (known) return known;
  const [noun, ...rest] = verb.split('.');
  return rest.length ? `${(noun ?? '').replace(/_/g, ' ')}: ${rest.join(' ').replace(/_/g, ' ')}` : plain(verb).toLowerCase();
}

/** A value before or after a change, as a person would write it. */
export function valueText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'object') {
    const named = value as { display_name?: unknown; name?: unknown };
    if (typeof named.display_name === 'string') return named.display_name;
    if (typeof named.name === 'string') return named.name;
    return Array.isArray(value) ? value.map((v) => valueText(field, v)).join(', ') : JSON.stringify(value);
  }
  const text = String(value);
  if (field.startsWith('handed.')) return sourceName(text);
  if (field === 'state') return stateLabel[text as keyof typeof stateLabel] ?? text;
  if (field === 'role') return roleName(text);
  if (field === 'privacy') return privacyLabel[text as keyof typeof privacyLabel] ?? text;
  if (field === 'login_method') return loginLabel[text as keyof typeof loginLabel] ?? text;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return date(text);
  return text;
}
export { fieldName };
