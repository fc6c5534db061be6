-- Letters about a browser that somebody had not used before, each with the hash of the link by which its reader says that it
-- was not them.
CREATE TABLE device_letters (
  token_hash TEXT COLLATE "BINARY" NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  device_id UUID NOT NULL,
  session_id UUID NOT NULL,
  sign_in_id UUID NOT NULL,
  sent_at BIGINT NOT NULL,
  denied_at BIGINT
);

CREATE INDEX device_letters_account ON device_letters (workplace_id, account_id);

CREATE INDEX device_letters_old ON device_letters (sent_at);

-- When the person whose account it is said that it was not them.
ALTER TABLE sign_ins ADD COLUMN disowned_at BIGINT;
