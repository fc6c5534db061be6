-- A provider speaks SAML or OpenID Connect. `oidc` is JSON: where an OpenID provider is, and who we are there; our secret is sealed.
ALTER TABLE sso_providers ADD COLUMN protocol TEXT NOT NULL DEFAULT 'saml';

ALTER TABLE sso_providers ADD COLUMN oidc TEXT;

-- What is shown when a code is used, sealed.
ALTER TABLE sso_rounds ADD COLUMN verifier TEXT;

-- The ID token of a session there, sealed, where whoever leaves here is to leave there, too.
ALTER TABLE sso_sessions ADD COLUMN id_token TEXT;

CREATE INDEX sso_sessions_index ON sso_sessions (provider_id, session_index);

-- The keys by which an OpenID provider signs, when they were taken, and how often newer ones were asked for since when.
CREATE TABLE sso_keys (
  provider_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  keys TEXT NOT NULL,
  taken_at BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  asked_since BIGINT NOT NULL
);
