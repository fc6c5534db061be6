-- Browsers by which people came in before: `token_hash` of what the browser keeps in a cookie. Until `remembered_until` no second
-- factor is asked there.
CREATE TABLE devices (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  token_hash TEXT COLLATE "BINARY" NOT NULL,
  browser TEXT NOT NULL,
  system TEXT NOT NULL,
  network TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  remembered_until BIGINT
);

CREATE UNIQUE INDEX devices_token ON devices (account_id, token_hash);

CREATE INDEX devices_old ON devices (last_seen_at);
