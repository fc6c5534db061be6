CREATE TABLE passwords (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  hash TEXT NOT NULL,
  set_at BIGINT NOT NULL
);

-- Log-ins that were tried and did not succeed, so that all nodes slow guessing alike. `subject` is a digest of
-- who was tried and from where.
CREATE TABLE login_throttles (
  subject TEXT NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);

CREATE INDEX login_throttles_last ON login_throttles (last_at);

-- Whoever logs in gives an e-mail and no workplace.
CREATE INDEX accounts_email_anywhere ON accounts (email_key);
