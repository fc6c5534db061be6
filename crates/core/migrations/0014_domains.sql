-- The e-mail domains of workplaces. state: pending -> allow_listed -> verified. `name` is spelled as
-- core/domains/names.rs has it. `saw` is what the last look brought, for people to read.
CREATE TABLE domains (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT COLLATE "BINARY" NOT NULL,
  state TEXT NOT NULL,
  method TEXT,
  subdomains BOOLEAN NOT NULL,
  token TEXT NOT NULL,
  saw TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  verified_at BIGINT,
  watched_since BIGINT,
  next_at BIGINT,
  checked_at BIGINT,
  absent_days BIGINT NOT NULL,
  counted_at BIGINT
);

CREATE UNIQUE INDEX domains_name ON domains (workplace_id, name);

-- Whoever verifies first has it alone.
CREATE UNIQUE INDEX domains_verified ON domains (name) WHERE state = 'verified';

CREATE INDEX domains_anywhere ON domains (name);

CREATE INDEX domains_due ON domains (next_at);

-- Codes that were mailed to a domain's own people. One lives per domain: a newer one takes its place.
CREATE TABLE domain_codes (
  domain_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  recipient TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  tries BIGINT NOT NULL,
  letters BIGINT NOT NULL,
  day TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Addresses of accounts that were proven by a letter. Another address needs another proof.
CREATE TABLE confirmed_addresses (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  email_key TEXT COLLATE "BINARY" NOT NULL,
  confirmed_at BIGINT NOT NULL
);

CREATE INDEX confirmed_addresses_email ON confirmed_addresses (workplace_id, email_key);

-- Links that show that their reader has an address: to confirm one's own, to join, to open a workplace.
CREATE TABLE address_proofs (
  id UUID NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  workplace_id UUID,
  account_id UUID,
  about_id UUID,
  email TEXT NOT NULL,
  email_key TEXT COLLATE "BINARY" NOT NULL,
  network TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE UNIQUE INDEX address_proofs_token ON address_proofs (token_hash);

CREATE INDEX address_proofs_email ON address_proofs (email_key, created_at);

CREATE INDEX address_proofs_network ON address_proofs (network, created_at);
