-- One row each time that somebody came in, or tried. `workplace_id` is all zeros where no workplace knows what was typed.
CREATE TABLE sign_ins (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID,
  at BIGINT NOT NULL,
  method TEXT NOT NULL,
  provider_id UUID,
  provider_name TEXT,
  typed TEXT NOT NULL,
  result TEXT NOT NULL,
  reason TEXT NOT NULL,
  came TEXT,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);

CREATE INDEX sign_ins_list ON sign_ins (workplace_id, id);

CREATE INDEX sign_ins_account ON sign_ins (account_id, workplace_id, id);
