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
