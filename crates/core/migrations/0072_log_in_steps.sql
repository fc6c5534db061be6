-- Somebody whose password was right and who has more to show: for ten minutes, in the browser that keeps the ticket.
-- `password_mark` is a digest of the hash that the password was right for: with another password the step is worth nothing.
CREATE TABLE log_in_steps (
  ticket_hash TEXT COLLATE "BINARY" NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  password_mark TEXT NOT NULL,
  method TEXT NOT NULL,
  typed TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX log_in_steps_old ON log_in_steps (expires_at);

-- What a browser was asked to do with a passkey, sealed, until it answers: once, for five minutes. `workplace_id` is all zeros where
-- nobody knows yet who answers.
CREATE TABLE passkey_rounds (
  round_hash TEXT COLLATE "BINARY" NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX passkey_rounds_old ON passkey_rounds (expires_at);
