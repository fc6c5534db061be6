-- Whom coworkers would like here, and who would like to come by themselves. An e-mail waits once.
CREATE TABLE access_requests (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT COLLATE "BINARY" NOT NULL,
  name TEXT,
  asked_by UUID,
  note TEXT,
  fields TEXT NOT NULL,
  group_id UUID,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by UUID,
  reason TEXT
);

CREATE UNIQUE INDEX access_requests_waiting ON access_requests (workplace_id, email_key) WHERE state = 'waiting';

CREATE INDEX access_requests_list ON access_requests (workplace_id, state, id);

CREATE INDEX access_requests_asker ON access_requests (asked_by, workplace_id, created_at);

-- When admins were last told that somebody waits.
CREATE TABLE request_digests (
  workplace_id UUID NOT NULL PRIMARY KEY,
  told_at BIGINT NOT NULL
);

CREATE TABLE join_links (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  group_id UUID,
  token_hash TEXT NOT NULL,
  people BIGINT NOT NULL,
  used BIGINT NOT NULL,
  created_by UUID NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);

CREATE UNIQUE INDEX join_links_token ON join_links (token_hash);

CREATE INDEX join_links_list ON join_links (workplace_id, id);

-- The one letter that a person got before their account was ready.
CREATE TABLE advance_notices (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  token_hash TEXT NOT NULL,
  sent_at BIGINT NOT NULL,
  denied_at BIGINT
);

CREATE UNIQUE INDEX advance_notices_token ON advance_notices (token_hash);

-- Workplaces that somebody would like to open here, where whoever runs the server wants to say yes first.
CREATE TABLE openings (
  id UUID NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT COLLATE "BINARY" NOT NULL,
  workplace_name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT
);

CREATE UNIQUE INDEX openings_waiting ON openings (email_key) WHERE state = 'waiting';
