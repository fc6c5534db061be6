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
  position BIGINT NOT NULL,
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
