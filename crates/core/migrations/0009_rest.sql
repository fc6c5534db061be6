-- Forgotten passwords that were asked for and are not answered yet: whether somebody has the address is looked up later, so
-- that whoever asks can't tell by the time it takes.
CREATE TABLE reset_requests (
  id UUID NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  asked_at BIGINT NOT NULL
);
