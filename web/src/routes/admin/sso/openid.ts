import type { Guide } from './guides';

/** What to do at an OpenID provider. `{redirect}`, `{backchannel}`, `{after}` and `{begin}` stand for our addresses. */
export interface OpenIdGuide extends Guide {
  /** What the address of its issuer looks like. */
  issuer: string;
  /** Settings for it are known to the server by this name. */
  preset?: 'entra' | 'okta' | 'google' | 'keycloak';
}

const PROFILE = { given_name: 'given_name', family_name: 'family_name' };

/** For whatever else speaks OpenID Connect. */
export const OTHER_OPENID: OpenIdGuide = {
  key: 'other', name: 'Another one', issuer: 'https://login.example.com',
  steps: [
    'Add a client or application for the web with OpenID Connect and the authorization code flow, confidential (with a secret) if there is a choice.',
    'Redirect URI: {redirect}',
    'Back-channel logout URI, if it has such a field: {backchannel}',
    'Post-logout redirect URI, if people are to leave there when they log out here: {after}',
    'Allow the scopes openid, email and profile, and let it send "email_verified".',
  ],
  metadata: 'Copy its issuer (the part before /.well-known/openid-configuration), the client id and the client secret.',
  attributes: {},
};

export const OPENID_GUIDES: OpenIdGuide[] = [
  {
    key: 'entra', name: 'Microsoft Entra ID', preset: 'entra', issuer: 'https://login.microsoftonline.com/<tenant id>/v2.0',
    steps: [
      'In the Entra admin centre open App registrations, New registration, for accounts in this organisational directory only.',
      'Redirect URI, of the platform Web: {redirect}',
      'Under "Certificates & secrets" add a client secret, and copy its value at once. Note the day it ends.',
      'Under "Token configuration" add the optional claims email, given_name and family_name to the ID token.',
      'Front-channel logout is all it offers: leave it empty.',
      'Under Enterprise applications, Properties, switch "Assignment required" on, and assign the people who may log in.',
    ],
    metadata: 'From the overview copy the directory (tenant) id into the issuer, and the application (client) id. The user principal name is taken as the address: Entra ID never says whether an e-mail address is verified.',
    attributes: PROFILE,
  },
  {
    key: 'okta', name: 'Okta', preset: 'okta', issuer: 'https://<your domain>.okta.com',
    steps: [
      'In the admin console open Applications, Create App Integration, OIDC, Web Application.',
      'Grant type: Authorization Code. Under Client authentication choose Client secret, and require PKCE.',
      'Sign-in redirect URI: {redirect}',
      'Sign-out redirect URI: {after}',
      'To let people begin in Okta, initiate login URI: {begin}',
      'Under Assignments choose who may log in.',
    ],
    metadata: 'The issuer is your Okta domain; on the tab Sign On it can be set to "Okta URL". Client id and secret are on the tab General.',
    attributes: PROFILE,
  },
  {
    key: 'google', name: 'Google Workspace', preset: 'google', issuer: 'https://accounts.google.com',
    steps: [
      'In the Google Cloud console open APIs & Services, and set the consent screen (audience) to Internal.',
      'Under Credentials create an OAuth client id of the type Web application.',
      'Authorised redirect URI: {redirect}',
      'Google tells nobody who logged out, and has no place to log out at: leave both.',
    ],
    metadata: 'Copy the client id and the client secret that are shown.',
    attributes: PROFILE,
  },
  {
    key: 'keycloak', name: 'Keycloak', preset: 'keycloak', issuer: 'https://<your Keycloak>/realms/<realm>',
    steps: [
      'In your realm open Clients, Create client, with the client type OpenID Connect.',
      'Switch "Client authentication" on and leave "Standard flow" alone on. Under Advanced set PKCE to S256.',
      'Valid redirect URI: {redirect}',
      'Valid post logout redirect URI: {after}',
      'Under Logout settings: Front channel logout off, Backchannel logout URL {backchannel}, "Backchannel logout session required" on.',
      'Its users need "Email verified" on: who has not is refused.',
    ],
    metadata: 'The issuer names your realm; the client secret is on the tab Credentials.',
    attributes: PROFILE,
  },
  OTHER_OPENID,
];
