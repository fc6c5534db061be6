-- Who is in: one row a browser or device. The token itself is never stored.
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
