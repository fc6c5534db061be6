-- Forgotten passwords that were asked for and are not answered yet: whether somebody has the address is looked up later, so
-- that whoever asks can't tell by the time it takes.
CREATE TABLE reset_requests (
  id UUID NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  asked_at BIGINT NOT NULL
);

-- People whom a list knows by nothing but their phone number are found by its digits.
ALTER TABLE accounts ADD COLUMN phone_key TEXT COLLATE "BINARY";

UPDATE accounts SET phone_key = REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(LOWER(phone), 'tel:', ''), '(0)', ''), 'ext.', 'x'), 'ext', 'x'), '+', ''), ' ', ''), '(', ''), ')', ''), '-', ''), '.', ''), '/', ''), '–', '') WHERE phone IS NOT NULL;

UPDATE accounts SET phone_key = SUBSTR(phone_key, 3) WHERE phone_key LIKE '00%';

CREATE INDEX accounts_phone ON accounts (workplace_id, phone_key) WHERE phone_key IS NOT NULL;

-- Who is deactivated stays a member and is not counted as one.
UPDATE groups SET members = (SELECT COUNT(*) FROM group_members m JOIN accounts a ON a.id = m.account_id
  WHERE m.group_id = groups.id AND a.state <> 'deactivated');

-- When what was said of the rows of a list had been kept long enough.
ALTER TABLE import_runs ADD COLUMN tidied_at BIGINT;

CREATE INDEX import_runs_old ON import_runs (created_at) WHERE tidied_at IS NULL;

CREATE INDEX jobs_old ON jobs (finished_at) WHERE finished_at IS NOT NULL;
