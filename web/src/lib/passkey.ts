import type { Challenge, PasskeyGiven } from './api/factors';
import { Problem } from './api/problem';

/** Whether this browser can make and show passkeys. */
export const canPasskeys = (): boolean => typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

function said(error: unknown): Problem {
  const name = error instanceof Error ? error.name : '';
  if (name === 'InvalidStateError') return new Problem(0, 'passkey_there', 'This device has a passkey for you already.');
  if (name === 'NotAllowedError' || name === 'AbortError') return new Problem(0, 'no_passkey_used', 'No passkey was used. Try once more, or choose another way.');
  return new Problem(0, 'passkey_failed', 'The browser could not use a passkey here: choose another way.');
}

/** Notes that a passkey was shown or made in this browser: the log-in page offers one by itself from then on (passkey.js of the server). */
function keepShown(): void {
  try {
    localStorage.setItem('passkey', 'yes');
  } catch {
    // The log-in page then offers none by itself; its button does.
  }
}

async function ask(challenge: Challenge, how: (options: never) => Promise<Credential | null>): Promise<PasskeyGiven> {
  let credential: PublicKeyCredential | null;
  try {
    credential = (await how(challenge.options as never)) as PublicKeyCredential | null;
  } catch (error) {
    throw said(error);
  }
  if (!credential) throw said(null);
  keepShown();
  return { round: challenge.round, credential: credential.toJSON() as unknown as PasskeyGiven['credential'] };
}

/** Makes a passkey. Throws a Problem that a person can read. */
export const makePasskey = (challenge: Challenge): Promise<PasskeyGiven> =>
  ask(challenge, (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }));

/** Shows a passkey. Throws a Problem that a person can read. */
export const showPasskey = (challenge: Challenge): Promise<PasskeyGiven> =>
  ask(challenge, (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));
