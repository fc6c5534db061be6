-- Who must log in by single sign-on in a workplace, and which system admins keep a way round it. `domain_list`, `group_list`
-- and `break_glass` are JSON lists. `warned`: admins were told that fewer than two of them could still come in.
CREATE TABLE sso_requirements (
  workplace_id UUID NOT NULL PRIMARY KEY,
  reach TEXT NOT NULL,
  domain_list TEXT NOT NULL,
  group_list TEXT NOT NULL,
  break_glass TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  warned BOOLEAN NOT NULL
);

-- A log-in past single sign-on, where that is required.
ALTER TABLE sign_ins ADD COLUMN break_glass BOOLEAN NOT NULL DEFAULT FALSE;

-- However much it is used, the session ends then: its identity provider said so.
ALTER TABLE sessions ADD COLUMN ends_at BIGINT;
