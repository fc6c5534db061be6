import Building from '@lucide/svelte/icons/building-2';
import ClipboardList from '@lucide/svelte/icons/clipboard-list';
import DoorOpen from '@lucide/svelte/icons/door-open';
import FolderSync from '@lucide/svelte/icons/folder-sync';
import Gauge from '@lucide/svelte/icons/gauge';
import Globe from '@lucide/svelte/icons/globe';
import HardHat from '@lucide/svelte/icons/hard-hat';
import History from '@lucide/svelte/icons/history';
import House from '@lucide/svelte/icons/house';
import Inbox from '@lucide/svelte/icons/inbox';
import IdCard from '@lucide/svelte/icons/id-card';
import KeyRound from '@lucide/svelte/icons/key-round';
import LogIn from '@lucide/svelte/icons/log-in';
import Mail from '@lucide/svelte/icons/mail-plus';
import MessagesSquare from '@lucide/svelte/icons/messages-square';
import Monitor from '@lucide/svelte/icons/monitor-smartphone';
import Network from '@lucide/svelte/icons/network';
import Plug from '@lucide/svelte/icons/plug';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Upload from '@lucide/svelte/icons/file-up';
import UserPlus from '@lucide/svelte/icons/user-round-plus';
import UserCog from '@lucide/svelte/icons/user-cog';
import Users from '@lucide/svelte/icons/users';
import UsersRound from '@lucide/svelte/icons/users-round';
import type { Component } from 'svelte';
import { session } from '$lib/state/session.svelte';
import { find } from '../routes';

export interface Place {
  href: string;
  label: string;
  icon: Component<{ size?: number; strokeWidth?: number }>;
}

export const MEMBER: Place[] = [
  { href: '/', label: 'Home', icon: House },
  { href: '/people', label: 'People', icon: Users },
  { href: '/org', label: 'Org chart', icon: Network },
  { href: '/groups', label: 'Groups', icon: MessagesSquare },
];
export const MY_PEOPLE: Place = { href: '/my-people', label: 'My people', icon: HardHat };

/** The screens that everybody has, and those who look after people. */
export function memberPlaces(): Place[] {
  // Whoever may invite anybody has the admin panel for it.
  const supervises = session.can('people.supervise') && !session.can('people.invite');
  return supervises ? [...MEMBER, MY_PEOPLE] : MEMBER;
}

const ADMIN: Place[] = [
  { href: '/admin', label: 'Overview', icon: Gauge },
  { href: '/admin/people', label: 'Manage people', icon: UserCog },
  { href: '/admin/import', label: 'Import', icon: Upload },
  { href: '/admin/directories', label: 'Directory', icon: FolderSync },
  { href: '/admin/invitations', label: 'Invitations', icon: Mail },
  { href: '/admin/requests', label: 'Requests to join', icon: UserPlus },
  { href: '/admin/codes', label: 'Access codes', icon: IdCard },
  { href: '/admin/groups', label: 'Manage groups', icon: UsersRound },
  { href: '/admin/roles', label: 'Roles', icon: ShieldCheck },
  { href: '/admin/leavers', label: 'Leavers', icon: DoorOpen },
  { href: '/admin/audit', label: 'Audit log', icon: ClipboardList },
  { href: '/admin/sign-ins', label: 'Log-ins', icon: History },
  { href: '/admin/outbox', label: 'Outbox', icon: Inbox },
  { href: '/admin/connectors', label: 'Connectors', icon: Plug },
  { href: '/admin/tokens', label: 'API tokens', icon: KeyRound },
  { href: '/admin/domains', label: 'Domains', icon: Globe },
  { href: '/admin/sso', label: 'Single sign-on', icon: LogIn },
  { href: '/admin/kiosks', label: 'Kiosks', icon: Monitor },
  { href: '/admin/settings', label: 'Company settings', icon: Building },
];

/** The admin screens that this viewer may open. */
export function adminPlaces(): Place[] {
  if (!session.isAdmin) return [];
  return ADMIN.filter((place) => {
    const needs = find(place.href)?.route.needs;
    return !needs || session.can(...needs);
  });
}

/** Is `place` the one that `path` belongs to? */
export function isAt(place: string, path: string): boolean {
  if (place === '/') return path === '/' || path === '/home';
  if (place === '/admin') return path === '/admin';
  return path === place || path.startsWith(`${place}/`);
}
