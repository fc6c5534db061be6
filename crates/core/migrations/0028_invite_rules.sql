-- Whom the workplace invites by itself: whoever meets a rule, or all who meet it on a day. due: everybody is to be looked
-- at; position: the last person who was. most, counted_from, extra: the brake, and what was let through since.
CREATE TABLE invite_rules (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  conditions TEXT NOT NULL,
  message TEXT,
  starts_at BIGINT,
  most BIGINT NOT NULL,
  state TEXT NOT NULL,
  due BOOLEAN NOT NULL,
  position UUID,
  counted_from BIGINT NOT NULL,
  extra BIGINT NOT NULL,
  invited BIGINT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  held_at BIGINT
);

CREATE INDEX invite_rules_list ON invite_rules (workplace_id, id);

-- Who is to be invited by a rule, and when: once.
CREATE TABLE invite_queue (
  account_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  rule_id UUID NOT NULL,
  due_at BIGINT NOT NULL
);

CREATE INDEX invite_queue_rule ON invite_queue (workplace_id, rule_id, due_at);

-- Whom a rule has invited: it does so once.
CREATE TABLE invite_rule_people (
  rule_id UUID NOT NULL,
  account_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (rule_id, account_id)
);

CREATE INDEX invite_rule_people_account ON invite_rule_people (account_id, workplace_id);

-- More people would be deactivated by their last day than the brake lets through: how many, since when, and up to how
-- many somebody has said yes.
CREATE TABLE last_days (
  workplace_id UUID NOT NULL PRIMARY KEY,
  people BIGINT NOT NULL,
  held_at BIGINT,
  allowed BIGINT NOT NULL
);
