-- Whom a session there is about, sealed: to end it there, too, when somebody logs out here.
ALTER TABLE sso_sessions ADD COLUMN name_sealed TEXT;

-- Admins were told that the exception for weak algorithms ends in so many days.
ALTER TABLE sso_providers ADD COLUMN weak_warned_days BIGINT;
