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

-- Wake-ups for the other processes on this database: they read what is new a few times a second.
CREATE TABLE signals (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL
);

CREATE INDEX signals_at ON signals (at);
