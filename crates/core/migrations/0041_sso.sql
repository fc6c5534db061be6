-- Identity providers by which people of a workplace log in. `connection` and `settings` are JSON; `key` is our own private key
-- for this provider, sealed.
CREATE TABLE sso_providers (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  name TEXT NOT NULL,
  enabled BOOLEAN NOT NULL,
  connection TEXT,
  settings TEXT NOT NULL,
  metadata_url TEXT,
  metadata_at BIGINT,
  metadata_problem TEXT,
  key TEXT NOT NULL,
  certificate TEXT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  tested_at BIGINT,
  test TEXT,
  warned_days BIGINT,
  next_at BIGINT NOT NULL
);

CREATE INDEX sso_providers_list ON sso_providers (workplace_id, id);

CREATE INDEX sso_providers_due ON sso_providers (next_at);

-- Each domain is answered for by one provider of the workplace.
CREATE TABLE sso_domains (
  workplace_id UUID NOT NULL,
  domain TEXT COLLATE "BINARY" NOT NULL,
  provider_id UUID NOT NULL,
  PRIMARY KEY (domain, workplace_id)
);

CREATE INDEX sso_domains_provider ON sso_domains (provider_id, workplace_id);

-- A log-in or a test that a provider was asked for, for ten minutes; when it is answered, what came (sealed), until the person is in.
CREATE TABLE sso_rounds (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  request_id TEXT,
  relay_hash TEXT,
  browser_hash TEXT,
  tester_id UUID,
  next TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  ticket_hash TEXT,
  came TEXT
);

CREATE UNIQUE INDEX sso_rounds_relay ON sso_rounds (relay_hash);

CREATE UNIQUE INDEX sso_rounds_ticket ON sso_rounds (ticket_hash);

CREATE INDEX sso_rounds_old ON sso_rounds (expires_at);

-- Assertions that were used, as long as they could be used again.
CREATE TABLE sso_assertions (
  provider_id UUID NOT NULL,
  assertion_hash TEXT NOT NULL,
  workplace_id UUID NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (provider_id, assertion_hash)
);

CREATE INDEX sso_assertions_old ON sso_assertions (until);

-- Which session there belongs to which session here, so that whoever leaves there is out here.
CREATE TABLE sso_sessions (
  session_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  name_hash TEXT NOT NULL,
  session_index TEXT,
  until BIGINT NOT NULL
);

CREATE INDEX sso_sessions_name ON sso_sessions (provider_id, name_hash);

CREATE INDEX sso_sessions_account ON sso_sessions (account_id, workplace_id);
