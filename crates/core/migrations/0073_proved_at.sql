-- When the person last showed who they are: at the log-in, or since, before something dangerous. Absent: at the log-in.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT;
