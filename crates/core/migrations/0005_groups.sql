CREATE TABLE roles (
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (workplace_id, key)
);

CREATE TABLE groups (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT NOT NULL,
  name_key TEXT COLLATE "BINARY" NOT NULL,
  description TEXT NOT NULL,
  kind TEXT NOT NULL,
  privacy TEXT NOT NULL,
  is_default BOOLEAN NOT NULL,
  archived_at BIGINT,
  created_by UUID,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  members BIGINT NOT NULL
);

CREATE INDEX groups_name ON groups (workplace_id, name_key, id);

CREATE TABLE group_members (
  group_id UUID NOT NULL,
  account_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  is_owner BOOLEAN NOT NULL,
  source TEXT NOT NULL,
  added_by UUID,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, account_id)
);

CREATE INDEX group_members_account ON group_members (account_id, workplace_id);
