-- What a directory speaks through: one row for each identity provider that a workplace is connected to.
CREATE TABLE connectors (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  ended_at BIGINT,
  test_began_at BIGINT
);

CREATE INDEX connectors_workplace ON connectors (workplace_id, id);

ALTER TABLE api_tokens ADD COLUMN connector_id UUID;

CREATE INDEX api_tokens_connector ON api_tokens (connector_id, id);

-- What was asked through a connector and what became of it. Written shortly after the answer, in batches.
CREATE TABLE connector_log (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  connector_id UUID NOT NULL,
  at BIGINT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  status BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  summary TEXT NOT NULL,
  reason TEXT,
  notes TEXT NOT NULL,
  subject_kind TEXT,
  subject_id UUID,
  body TEXT,
  took_ms BIGINT NOT NULL,
  request_id TEXT
);

CREATE INDEX connector_log_list ON connector_log (connector_id, id);

CREATE INDEX connector_log_at ON connector_log (at);

-- A connector's view of the people: what it calls them, and all that it said of them. `left_at`: it took the person
-- out of its view, and may bring them back.
CREATE TABLE scim_people (
  workplace_id UUID NOT NULL,
  connector_id UUID NOT NULL,
  account_id UUID NOT NULL,
  external_id TEXT COLLATE "BINARY",
  user_name TEXT,
  user_name_key TEXT COLLATE "BINARY",
  resource TEXT NOT NULL,
  manager_key TEXT COLLATE "BINARY",
  left_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (connector_id, account_id)
);

CREATE INDEX scim_people_external ON scim_people (connector_id, external_id);

CREATE INDEX scim_people_user_name ON scim_people (connector_id, user_name_key);

CREATE INDEX scim_people_manager ON scim_people (connector_id, manager_key) WHERE manager_key IS NOT NULL;

CREATE INDEX scim_people_account ON scim_people (account_id, connector_id);

CREATE INDEX scim_people_left ON scim_people (connector_id, account_id) WHERE left_at IS NOT NULL;

-- What it said that has no column of its own, value by value, so that it can be searched.
CREATE TABLE scim_values (
  workplace_id UUID NOT NULL,
  connector_id UUID NOT NULL,
  account_id UUID NOT NULL,
  attribute TEXT NOT NULL,
  position BIGINT NOT NULL,
  sub TEXT NOT NULL,
  value TEXT COLLATE "BINARY" NOT NULL,
  value_key TEXT COLLATE "BINARY" NOT NULL,
  PRIMARY KEY (connector_id, account_id, attribute, position, sub)
);

CREATE INDEX scim_values_key ON scim_values (connector_id, attribute, sub, value_key);

-- Sets of people that a directory keeps. `group_id`: the group that people see of it.
CREATE TABLE sets (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  source TEXT NOT NULL,
  owner_id UUID NOT NULL,
  external_id TEXT COLLATE "BINARY",
  name TEXT NOT NULL,
  name_key TEXT COLLATE "BINARY" NOT NULL,
  group_id UUID,
  members BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX sets_owner ON sets (workplace_id, owner_id, id);

CREATE INDEX sets_name ON sets (workplace_id, owner_id, name_key);

CREATE TABLE set_members (
  set_id UUID NOT NULL,
  account_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (set_id, account_id)
);

CREATE INDEX set_members_account ON set_members (account_id, workplace_id);
