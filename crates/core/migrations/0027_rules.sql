-- By which keys a rule over people is found: whoever meets it has at least one of them. Keys that begin with "?" say what
-- a rule looks at, so that a change of something that no rule looks at costs nothing.
CREATE TABLE condition_keys (
  workplace_id UUID NOT NULL,
  key TEXT COLLATE "BINARY" NOT NULL,
  kind TEXT NOT NULL,
  rule_id UUID NOT NULL
);

CREATE INDEX condition_keys_key ON condition_keys (workplace_id, key);

CREATE INDEX condition_keys_rule ON condition_keys (rule_id, workplace_id);

-- Up to which day it was looked at whose day has come.
CREATE TABLE condition_days (
  workplace_id UUID NOT NULL PRIMARY KEY,
  day TEXT NOT NULL
);

-- Who belongs into a group by their profile. due: everybody is to be looked at; position: the last person who was.
CREATE TABLE group_rules (
  group_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  mode TEXT NOT NULL,
  conditions TEXT NOT NULL,
  due BOOLEAN NOT NULL,
  position UUID,
  looked_at BIGINT NOT NULL,
  added BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  applied_at BIGINT
);

CREATE INDEX group_rules_due ON group_rules (workplace_id, due);

-- Who was taken out by hand, or left: no rule puts them back.
CREATE TABLE group_exceptions (
  group_id UUID NOT NULL,
  account_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (group_id, account_id)
);

CREATE INDEX group_exceptions_account ON group_exceptions (account_id, workplace_id);

-- Who would like to be in a group that is closed.
CREATE TABLE group_requests (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  group_id UUID NOT NULL,
  account_id UUID NOT NULL,
  note TEXT,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by UUID
);

CREATE UNIQUE INDEX group_requests_waiting ON group_requests (group_id, account_id) WHERE state = 'waiting';

CREATE INDEX group_requests_list ON group_requests (workplace_id, group_id, state, id);

CREATE INDEX group_requests_account ON group_requests (account_id, workplace_id);

-- Whose first or last day it is.
CREATE INDEX accounts_start ON accounts (workplace_id, start_date) WHERE start_date IS NOT NULL;

CREATE INDEX accounts_end ON accounts (workplace_id, end_date) WHERE end_date IS NOT NULL;
