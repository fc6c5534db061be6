-- Directories (LDAP) that decide who is here. A run of one is a run of an import whose rows it gave.
CREATE TABLE directories (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  password TEXT,
  seen_to TEXT,
  next_at BIGINT,
  checked_at BIGINT,
  full_at BIGINT,
  applied_at BIGINT,
  trouble TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE INDEX directories_workplace ON directories (workplace_id, id);

CREATE INDEX directories_due ON directories (next_at);

-- Which entry is which person. The key outlives renames and moves; the name is kept as a digest, to find managers.
CREATE TABLE directory_people (
  workplace_id UUID NOT NULL,
  directory_id UUID NOT NULL,
  entry_key TEXT COLLATE "BINARY" NOT NULL,
  account_id UUID NOT NULL,
  dn TEXT NOT NULL,
  dn_digest TEXT COLLATE "BINARY" NOT NULL,
  photo TEXT,
  expires_at BIGINT,
  PRIMARY KEY (directory_id, entry_key)
);

CREATE INDEX directory_people_dn ON directory_people (directory_id, dn_digest);

CREATE INDEX directory_people_account ON directory_people (account_id, workplace_id);

CREATE INDEX directory_people_expiry ON directory_people (directory_id, expires_at);

ALTER TABLE import_runs ADD COLUMN directory_id UUID;

ALTER TABLE import_runs ADD COLUMN sync TEXT;

CREATE INDEX import_runs_directory ON import_runs (directory_id, id);
