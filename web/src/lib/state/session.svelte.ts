import { getMe } from '$lib/api/me';
import type { Me, Permission } from '$lib/api/types';
import { showAccent } from './accent';

class SessionState {
  me = $state<Me | null>(null);

  async load(): Promise<void> {
    this.set(await getMe());
  }
  set(me: Me): void {
    this.me = me;
    showAccent(me.workplace.colour);
  }
  /** May the viewer do this? Screens hide what they may not. */
  can(...permissions: Permission[]): boolean {
    return permissions.some((p) => this.me?.permissions.includes(p));
  }
  get isAdmin(): boolean {
    // Whoever looks after people has a screen of their own for that.
    return this.me?.permissions.some((p) => p !== 'people.supervise') ?? false;
  }
}

export const session = new SessionState();

/** Who is signed in; screens are only shown once that is known. */
export function me(): Me {
  if (!session.me) throw new Error('No one is signed in');
  return session.me;
}
