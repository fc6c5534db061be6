import type { PreviewPerson } from '$lib/api/sso';

type Kind = PreviewPerson['kind'];
/** Those who could not log in any more. */
export const LOCKED_OUT: Kind[] = ['domain_not_verified', 'no_provider', 'provider_off'];

/** What a requirement means for people of a kind, worst first, and where to set it right. */
export const KINDS: { kind: Kind; title: string; text: string; href?: string; link?: string }[] = [
  { kind: 'domain_not_verified', title: 'Their domain is not verified', text: 'Only addresses of your own verified domains log in by single sign-on.', href: '/admin/domains', link: 'To the domains' },
  { kind: 'no_provider', title: 'No identity provider answers for their domain', text: 'Choose the domain at one of your identity providers, step 3.', href: '/admin/sso', link: 'To the identity providers' },
  { kind: 'provider_off', title: 'Their identity provider is off', text: 'Test it and switch it on first.', href: '/admin/sso', link: 'To the identity providers' },
  { kind: 'not_yet', title: 'Have not come by single sign-on yet', text: 'They could. Nobody has seen it work for them in the last 90 days.' },
  { kind: 'no_email', title: 'Have no e-mail address', text: 'They are not governed, and go on with user name or employee ID, password and access code.' },
  { kind: 'break_glass', title: 'Keep a way in', text: 'System admins whom you chose above.' },
  { kind: 'ready', title: 'Are ready', text: 'They came by single sign-on before.' },
];
