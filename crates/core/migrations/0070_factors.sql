-- Passkeys by which people log in. `credential` is JSON: the public key and what the authenticator says of itself. There is no
-- secret in it.
CREATE TABLE passkeys (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  credential_id TEXT COLLATE "BINARY" NOT NULL,
  name TEXT NOT NULL,
  credential TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);

CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);

CREATE INDEX passkeys_account ON passkeys (account_id, workplace_id);

-- The app that makes six digits for a person. `secret` is sealed; without `confirmed_at` nobody has shown yet that it works.
-- `last_step` is the newest step of thirty seconds whose code was used: none works twice.
CREATE TABLE totps (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  secret TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  last_step BIGINT NOT NULL,
  last_used_at BIGINT
);

-- The codes for whoever has lost their phone: a keyed hash of each.
CREATE TABLE recovery_codes (
  account_id UUID NOT NULL,
  code_hash TEXT COLLATE "BINARY" NOT NULL,
  workplace_id UUID NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (account_id, code_hash)
);
