import type { EndKind } from '$lib/api/types';

export const endLabel: Record<EndKind, string> = {
  session: 'Session',
  stream: 'Open page',
  api_token: 'API token',
  invitation: 'Invitation link',
  reset_link: 'Link for a new password',
  access_code: 'Access code',
  address_link: 'Link to confirm an address',
  join_link: 'Link for others to join',
  letters: 'Letters that waited',
  connector_token: 'Token of a connector',
};

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC' });
/** To the second, in UTC: proofs are read elsewhere and later. */
export const exactly = (at: string) => exact.format(new Date(at));

/** How long after the act something still happened, in words that an auditor can quote. */
export function after(seconds: number, last: string | null, what: string): string {
  if (!last) return `No ${what} after it.`;
  if (seconds <= 0) return `None after it; the last ${what} was at ${exactly(last)}.`;
  return `The last ${what} was ${seconds.toFixed(3)} s after it, at ${exactly(last)}.`;
}
