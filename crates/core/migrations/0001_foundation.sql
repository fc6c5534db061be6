-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 (BIGINT), dates ISO 8601
-- text, JSON is TEXT. Columns named *_key are folded in Rust (core::fold) and compared byte by byte:
-- COLLATE "BINARY" is SQLite's own, and store creates one of that name from "C" on PostgreSQL.

CREATE TABLE workplaces (
  id UUID NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  colour TEXT NOT NULL,
  logo_file UUID,
  settings TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE accounts (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  state TEXT NOT NULL,
  resting_state TEXT,
  ended_by TEXT,
  former BOOLEAN NOT NULL,
  role TEXT NOT NULL,
  display_name TEXT NOT NULL,
  given_name TEXT,
  middle_name TEXT,
  family_name TEXT,
  email TEXT,
  email_key TEXT COLLATE "BINARY",
  employee_id TEXT,
  employee_key TEXT COLLATE "BINARY",
  phone TEXT,
  title TEXT,
  department TEXT,
  department_key TEXT COLLATE "BINARY",
  division TEXT,
  organization TEXT,
  cost_center TEXT,
  location TEXT,
  location_key TEXT COLLATE "BINARY",
  locale TEXT,
  time_zone TEXT,
  manager_id UUID,
  start_date TEXT,
  end_date TEXT,
  frontline BOOLEAN NOT NULL,
  login_method TEXT NOT NULL,
  photo_file UUID,
  name_key TEXT COLLATE "BINARY" NOT NULL,
  field_sources TEXT NOT NULL,
  created_source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  invited_at BIGINT,
  claimed_at BIGINT,
  deactivated_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX accounts_email ON accounts (workplace_id, email_key);
CREATE UNIQUE INDEX accounts_employee ON accounts (workplace_id, employee_key);
CREATE INDEX accounts_name ON accounts (workplace_id, name_key, id);
CREATE INDEX accounts_state ON accounts (workplace_id, state, name_key, id);
CREATE INDEX accounts_department ON accounts (workplace_id, department_key, name_key, id);
CREATE INDEX accounts_location ON accounts (workplace_id, location_key, name_key, id);
CREATE INDEX accounts_manager ON accounts (manager_id, workplace_id);

-- The words of a person's names, for search as you type. Written with the account.
CREATE TABLE account_words (
  workplace_id UUID NOT NULL,
  word TEXT COLLATE "BINARY" NOT NULL,
  account_id UUID NOT NULL
);
CREATE INDEX account_words_word ON account_words (workplace_id, word, account_id);
CREATE INDEX account_words_account ON account_words (account_id);

-- How many accounts are in each state, written with the account, so that nothing counts a million rows.
CREATE TABLE account_counts (
  workplace_id UUID NOT NULL,
  state TEXT NOT NULL,
  people BIGINT NOT NULL,
  PRIMARY KEY (workplace_id, state)
);

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

CREATE TABLE passwords (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  hash TEXT NOT NULL,
  set_at BIGINT NOT NULL
);

CREATE TABLE sessions (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  token_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  end_reason TEXT,
  method TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_account ON sessions (account_id, workplace_id);

-- Failed log-ins, so that all nodes slow guessing alike. `subject` is a keyed hash.
CREATE TABLE login_throttles (
  subject TEXT NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);

CREATE TABLE password_resets (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  token_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX password_resets_token ON password_resets (token_hash);
CREATE INDEX password_resets_account ON password_resets (account_id, workplace_id);

-- One live invitation per account; a newer one replaces the older.
CREATE TABLE invitations (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  token_hash TEXT,
  state TEXT NOT NULL,
  message TEXT,
  invited_by UUID,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  sent_at BIGINT,
  bounced_at BIGINT,
  bounce_reason TEXT,
  visited_at BIGINT,
  claimed_at BIGINT,
  reminded_at BIGINT,
  reminders BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE UNIQUE INDEX invitations_account ON invitations (account_id);
CREATE INDEX invitations_state ON invitations (workplace_id, state, created_at, id);

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

CREATE TABLE audit_events (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id UUID,
  actor_name TEXT NOT NULL,
  source TEXT NOT NULL,
  verb TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID,
  subject_name TEXT NOT NULL,
  run_id UUID,
  request_id TEXT,
  changes TEXT NOT NULL
);
CREATE INDEX audit_events_list ON audit_events (workplace_id, id);
CREATE INDEX audit_events_subject ON audit_events (subject_id, id);
CREATE INDEX audit_events_run ON audit_events (run_id, id);

CREATE TABLE api_tokens (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  ended_at BIGINT
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (token_hash);
CREATE INDEX api_tokens_workplace ON api_tokens (workplace_id, id);

-- What must leave the house, written with the change that causes it.
-- state: waiting -> sending -> sent | failed | bounced | unknown | cancelled
CREATE TABLE outbox (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID,
  invitation_id UUID,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  payload TEXT NOT NULL,
  sealed TEXT,
  message_id TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  sent_at BIGINT
);
CREATE INDEX outbox_due ON outbox (state, next_at);
CREATE INDEX outbox_list ON outbox (workplace_id, id);
CREATE INDEX outbox_account ON outbox (account_id, state);

-- Wake-ups for the other processes on this database: they read what is new a few times a second.
CREATE TABLE signals (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX signals_at ON signals (at);

CREATE TABLE jobs (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  input TEXT NOT NULL,
  progress TEXT NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  error TEXT,
  created_by UUID,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  leased_until BIGINT NOT NULL,
  lease UUID
);
CREATE INDEX jobs_due ON jobs (state, leased_until);
CREATE INDEX jobs_workplace ON jobs (workplace_id, id);

-- Files small enough to live with the rows that name them (uploads, photos, logos), in pieces.
CREATE TABLE files (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE file_pieces (
  file_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  piece BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (file_id, piece)
);

-- One import of a people file: what was asked, what it would do, how far it is.
CREATE TABLE import_runs (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  file_id UUID NOT NULL,
  file_name TEXT NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  mapping TEXT NOT NULL,
  options TEXT NOT NULL,
  counts TEXT NOT NULL,
  brake TEXT,
  error TEXT,
  stage TEXT NOT NULL,
  cursor BIGINT NOT NULL,
  rows_total BIGINT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  planned_at BIGINT,
  applied_at BIGINT,
  undone_at BIGINT,
  lease UUID,
  leased_until BIGINT NOT NULL
);
CREATE INDEX import_runs_list ON import_runs (workplace_id, id);
CREATE INDEX import_runs_due ON import_runs (state, leased_until);

CREATE TABLE import_rows (
  run_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  line BIGINT NOT NULL,
  status TEXT NOT NULL,
  action TEXT NOT NULL,
  name TEXT NOT NULL,
  account_id UUID,
  problems TEXT,
  outcome TEXT,
  later BOOLEAN NOT NULL,
  PRIMARY KEY (run_id, line)
);
CREATE INDEX import_rows_status ON import_rows (run_id, status, line);
