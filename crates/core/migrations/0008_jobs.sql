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
