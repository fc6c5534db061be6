import type { Provider } from '$lib/api/sso';
import { OPENID_GUIDES, OTHER_OPENID } from './openid';

/** What to do at each identity provider. `{acs}`, `{entity}` and `{logout}` stand for our addresses. */
export interface Guide {
  key: string;
  name: string;
  steps: string[];
  /** Where its metadata are found afterwards. */
  metadata: string;
  /** How it names what fills the profile. */
  attributes: Record<string, string>;
  /** With OpenID Connect: what the address of its issuer looks like. */
  issuer?: string;
}

const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';

/** For whatever else speaks SAML. */
export const OTHER: Guide = {
  key: 'other', name: 'Another one',
  steps: [
    'Add a service provider or application for SAML 2.0.',
    'Entity ID, identifier or audience (our metadata lie there, too): {entity}',
    'ACS URL, reply URL or single sign-on URL, by HTTP-POST: {acs}',
    'Single log-out, by HTTP-Redirect: {logout}',
    'Name ID: the e-mail address, format emailAddress. Sign the assertion, with RSA and SHA-256.',
  ],
  metadata: 'Look for "metadata", as an address or a file.',
  attributes: {},
};

export const GUIDES: Guide[] = [
  {
    key: 'entra', name: 'Microsoft Entra ID',
    steps: [
      'In the Entra admin centre open Enterprise applications, New application, Create your own application, and choose "Integrate any other application".',
      'Open Single sign-on, choose SAML, and edit "Basic SAML Configuration".',
      'Identifier (Entity ID): {entity}',
      'Reply URL: {acs}',
      'Logout URL: {logout}',
      'Under "Attributes & Claims" set the Unique User Identifier to user.mail, with the name identifier format Email address.',
      'Under Users and groups assign the people who may log in.',
    ],
    metadata: 'Copy the "App Federation Metadata Url" from the part "SAML Certificates".',
    attributes: { given_name: `${CLAIMS}/givenname`, family_name: `${CLAIMS}/surname` },
  },
  {
    key: 'okta', name: 'Okta',
    steps: [
      'In the admin console open Applications, Create App Integration, SAML 2.0.',
      'Single sign-on URL: {acs}',
      'Audience URI (SP Entity ID): {entity}',
      'Name ID format: EmailAddress. Application username: Email.',
      'Leave "Response" and "Assertion Signature" at Signed, with RSA-SHA256.',
      'Under Assignments choose who may log in.',
    ],
    metadata: 'On the tab Sign On copy the "Metadata URL".',
    attributes: { given_name: 'firstName', family_name: 'lastName' },
  },
  {
    key: 'google', name: 'Google Workspace',
    steps: [
      'In the Admin console open Apps, Web and mobile apps, Add app, Add custom SAML app.',
      'Download the metadata on the second page: they go into the next step here.',
      'ACS URL: {acs}',
      'Entity ID: {entity}',
      'Name ID format: EMAIL. Name ID: Basic Information > Primary email. Tick "Signed response".',
      'Switch the app on for the people who may log in.',
    ],
    metadata: 'Paste the metadata that you downloaded: Google offers no address for them, so replace them before the certificate ends.',
    attributes: { given_name: 'firstName', family_name: 'lastName' },
  },
  {
    key: 'keycloak', name: 'Keycloak',
    steps: [
      'In your realm open Clients, Create client, with the client type SAML.',
      'Client ID: {entity}',
      'Master SAML Processing URL and Valid redirect URI: {acs}',
      'Logout Service Redirect Binding URL: {logout}',
      'Name ID format: email, and "Force name ID format" on. "Sign assertions" on, RSA_SHA256.',
      'On the tab Keys switch "Client signature required" off, or import our metadata first.',
    ],
    metadata: 'The address is https://<your Keycloak>/realms/<realm>/protocol/saml/descriptor.',
    attributes: { given_name: 'givenName', family_name: 'surname' },
  },
  {
    key: 'adfs', name: 'AD FS',
    steps: [
      'In AD FS Management add a Relying Party Trust, claims aware, and give this address for its metadata: {entity}',
      'Choose who may log in.',
      'Add a rule "Send LDAP Attributes as Claims": E-Mail-Addresses as E-Mail Address, Given-Name as Given Name, Surname as Surname.',
      'Add a rule "Transform an Incoming Claim": E-Mail Address to Name ID, format Email.',
    ],
    metadata: 'The address is https://<your AD FS>/FederationMetadata/2007-06/FederationMetadata.xml.',
    attributes: { given_name: `${CLAIMS}/givenname`, family_name: `${CLAIMS}/surname` },
  },
  {
    key: 'onelogin', name: 'OneLogin',
    steps: [
      'Under Applications add "SAML Custom Connector (Advanced)".',
      'Audience (EntityID): {entity}',
      'ACS (Consumer) URL and Recipient: {acs}',
      'ACS (Consumer) URL Validator: the same address, with each dot and slash preceded by a backslash.',
      'Single Logout URL: {logout}',
      'Parameters: NameID value is Email. SAML signature element: Assertion, SHA-256.',
    ],
    metadata: 'Under SSO copy the "Issuer URL": the metadata lie there.',
    attributes: { given_name: 'User.FirstName', family_name: 'User.LastName' },
  },
  {
    key: 'ping', name: 'PingOne',
    steps: [
      'Under Applications add one of the type SAML Application, and choose "Manually Enter".',
      'ACS URL: {acs}',
      'Entity ID: {entity}',
      'SLO Endpoint: {logout}, with the binding HTTP Redirect.',
      'Attribute mappings: saml_subject is Email Address.',
      'Switch the application on.',
    ],
    metadata: 'On the tab Configuration copy the "IDP Metadata URL".',
    attributes: { given_name: 'givenName', family_name: 'familyName' },
  },
  {
    key: 'jumpcloud', name: 'JumpCloud',
    steps: [
      'Under SSO Applications add a Custom Application, and choose "Manage Single Sign-On (SSO)" with SAML.',
      'IdP Entity ID: any address of your own. SP Entity ID: {entity}',
      'ACS URL: {acs}',
      'SAMLSubject NameID: email. Format: emailAddress. Signature algorithm: RSA-SHA256. Tick "Sign Assertion".',
      'Give the user groups access that may log in.',
    ],
    metadata: 'Export the metadata on the tab SSO and paste them, or copy their address.',
    attributes: { given_name: 'firstname', family_name: 'lastname' },
  },
  OTHER,
];

/** Our addresses, as guides name them. */
export const ADDRESSES: Record<Provider['protocol'], Record<string, { name: string; of: keyof Provider['ours'] }>> = {
  saml: { '{entity}': { name: 'Entity id', of: 'entity_id' }, '{acs}': { name: 'ACS URL', of: 'acs_url' }, '{logout}': { name: 'Log-out URL', of: 'log_out_url' } },
  oidc: {
    '{redirect}': { name: 'Redirect URI', of: 'redirect_url' },
    '{backchannel}': { name: 'Back-channel logout URI', of: 'back_channel_url' },
    '{after}': { name: 'Post-logout redirect URI', of: 'after_log_out_url' },
    '{begin}': { name: 'Initiate login URI', of: 'begin_url' },
  },
};

export const guidesOf = (protocol: Provider['protocol']): Guide[] => (protocol === 'oidc' ? OPENID_GUIDES : GUIDES);

/** The guide that was chosen, or that the name tells. */
export function guideOf(provider: Pick<Provider, 'name' | 'protocol'>, chosen: string | null): Guide {
  const guides = guidesOf(provider.protocol);
  return guides.find((g) => g.key === chosen) ?? guides.find((g) => g.name === provider.name) ?? (provider.protocol === 'oidc' ? OTHER_OPENID : OTHER);
}
