-- What other sources say of the fields of a profile, and to whom a field was handed: kept beside what is in force.
ALTER TABLE accounts ADD COLUMN field_claims TEXT NOT NULL DEFAULT '';

CREATE INDEX accounts_claims ON accounts (workplace_id, id) WHERE field_claims <> '';

-- Sets within sets. Whoever is in a set only because they are in another within it has `direct` false.
CREATE TABLE set_nests (
  set_id UUID NOT NULL,
  member_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  PRIMARY KEY (set_id, member_id)
);

CREATE INDEX set_nests_member ON set_nests (member_id, workplace_id);

ALTER TABLE set_members ADD COLUMN direct BOOLEAN NOT NULL DEFAULT TRUE;

-- When the groups of a directory were read last, as sets of people, and why that came to nothing.
ALTER TABLE directories ADD COLUMN groups_at BIGINT;

ALTER TABLE directories ADD COLUMN groups_trouble TEXT;
