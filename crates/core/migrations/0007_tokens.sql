CREATE TABLE api_tokens (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL REFERENCES workplaces (id),
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_by UUID,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  ended_at BIGINT
);

CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (token_hash);

CREATE INDEX api_tokens_workplace ON api_tokens (workplace_id, id);

-- Few people have a role: they are found without reading all.
CREATE INDEX accounts_role ON accounts (workplace_id, role, name_key, id) WHERE role <> 'member';
