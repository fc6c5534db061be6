-- Access codes of people without an e-mail address: 16 letters, of which only a keyed hash is kept. One lives per account;
-- those that have ended are kept a while, so that whoever types an old one is told what became of it.
-- state: live -> used | replaced | revoked | ended
CREATE TABLE access_codes (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  code_hash TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by UUID,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT
);

CREATE UNIQUE INDEX access_codes_hash ON access_codes (code_hash);

CREATE UNIQUE INDEX access_codes_live ON access_codes (account_id) WHERE state = 'live';

CREATE INDEX access_codes_account ON access_codes (account_id, workplace_id);

CREATE INDEX access_codes_old ON access_codes (expires_at);

-- How fast codes that nobody was given are tried, so that all nodes slow guessing alike: when what was tried so far will have
-- been forgotten. `subject` is a digest of the network, of the workplace, or of all codes.
CREATE TABLE code_paces (
  subject TEXT NOT NULL PRIMARY KEY,
  forgotten_at BIGINT NOT NULL
);

CREATE INDEX code_paces_forgotten ON code_paces (forgotten_at);

-- What people without an e-mail address call themselves when they log in. The employee id works besides.
CREATE TABLE usernames (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  username TEXT NOT NULL,
  username_key TEXT COLLATE "BINARY" NOT NULL
);

CREATE UNIQUE INDEX usernames_key ON usernames (workplace_id, username_key);

-- Whoever logs in names no workplace.
CREATE INDEX usernames_anywhere ON usernames (username_key);
