import type { Component } from 'svelte';
import type { Permission } from '$lib/api/types';
import { match } from '$lib/router/match';

// Each screen states its own parameters; the table only knows that they are texts.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Screen = Component<any>;
export interface Route {
  path: string;
  load: () => Promise<{ default: Screen }>;
  /** Any one of these opens it. */
  needs?: Permission[];
}

export const ROUTES: Route[] = [
  { path: '/', load: () => import('./routes/member/Home.svelte') },
  { path: '/home', load: () => import('./routes/member/Home.svelte') },
  { path: '/people', load: () => import('./routes/member/Directory.svelte') },
  { path: '/people/:id', load: () => import('./routes/member/Profile.svelte') },
  { path: '/org', load: () => import('./routes/member/OrgChart.svelte') },
  { path: '/groups', load: () => import('./routes/member/Groups.svelte') },
  { path: '/groups/:id', load: () => import('./routes/member/Group.svelte') },
  { path: '/my-people', load: () => import('./routes/member/MyPeople.svelte'), needs: ['people.supervise'] },
  { path: '/me', load: () => import('./routes/member/MyProfile.svelte') },
  { path: '/me/security', load: () => import('./routes/member/Security.svelte') },

  { path: '/admin', load: () => import('./routes/admin/Overview.svelte') },
  { path: '/admin/people', load: () => import('./routes/admin/people/People.svelte'), needs: ['people.read'] },
  { path: '/admin/people/new', load: () => import('./routes/admin/people/AddPerson.svelte'), needs: ['people.write'] },
  { path: '/admin/people/:id', load: () => import('./routes/admin/people/PersonPage.svelte'), needs: ['people.read'] },
  { path: '/admin/import', load: () => import('./routes/admin/import/Imports.svelte'), needs: ['people.import'] },
  { path: '/admin/import/:id', load: () => import('./routes/admin/import/ImportRun.svelte'), needs: ['people.import'] },
  { path: '/admin/directories', load: () => import('./routes/admin/directories/Directories.svelte'), needs: ['people.import'] },
  { path: '/admin/directories/new', load: () => import('./routes/admin/directories/NewDirectory.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/directories/:id/runs/:run', load: () => import('./routes/admin/directories/DirectoryRun.svelte'), needs: ['people.import'] },
  { path: '/admin/directories/:id', load: () => import('./routes/admin/directories/DirectoryPage.svelte'), needs: ['people.import'] },
  { path: '/admin/invitations', load: () => import('./routes/admin/invitations/Invitations.svelte'), needs: ['people.invite'] },
  { path: '/admin/codes', load: () => import('./routes/admin/codes/Codes.svelte'), needs: ['people.invite'] },
  { path: '/admin/domains', load: () => import('./routes/admin/domains/Domains.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/sso', load: () => import('./routes/admin/sso/Providers.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/sso/require', load: () => import('./routes/admin/sso/Require.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/sso/:id', load: () => import('./routes/admin/sso/ProviderPage.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/sign-ins', load: () => import('./routes/admin/sign-ins/SignIns.svelte'), needs: ['audit.read'] },
  { path: '/admin/requests', load: () => import('./routes/admin/requests/Requests.svelte'), needs: ['people.invite'] },
  { path: '/admin/groups', load: () => import('./routes/admin/groups/Groups.svelte'), needs: ['groups.manage'] },
  { path: '/admin/groups/:id', load: () => import('./routes/admin/groups/GroupPage.svelte'), needs: ['groups.manage'] },
  { path: '/admin/roles', load: () => import('./routes/admin/roles/Roles.svelte'), needs: ['roles.manage'] },
  { path: '/admin/audit', load: () => import('./routes/admin/audit/Audit.svelte'), needs: ['audit.read'] },
  { path: '/admin/leavers', load: () => import('./routes/admin/leavers/Leavers.svelte'), needs: ['people.read'] },
  { path: '/admin/leavers/:id', load: () => import('./routes/admin/leavers/LeavingProof.svelte'), needs: ['people.read'] },
  { path: '/admin/outbox', load: () => import('./routes/admin/outbox/Outbox.svelte'), needs: ['outbox.read'] },
  { path: '/admin/tokens', load: () => import('./routes/admin/tokens/Tokens.svelte'), needs: ['tokens.manage'] },
  { path: '/admin/connectors', load: () => import('./routes/admin/connectors/Connectors.svelte'), needs: ['connectors.manage'] },
  { path: '/admin/connectors/:id', load: () => import('./routes/admin/connectors/ConnectorPage.svelte'), needs: ['connectors.manage'] },
  { path: '/admin/kiosks', load: () => import('./routes/admin/kiosks/Kiosks.svelte'), needs: ['workplace.manage'] },
  { path: '/admin/settings', load: () => import('./routes/admin/settings/Settings.svelte'), needs: ['workplace.manage'] },
];

export function find(path: string): { route: Route; params: Record<string, string> } | null {
  // A fixed word wins over a parameter, whatever the order: /admin/people/new is not a person.
  let best: { route: Route; params: Record<string, string> } | null = null;
  for (const route of ROUTES) {
    const params = match(route.path, path);
    if (params && (!best || Object.keys(params).length < Object.keys(best.params).length)) best = { route, params };
  }
  return best;
}
