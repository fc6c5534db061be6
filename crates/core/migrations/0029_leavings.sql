-- Proof of leaving. One row each time somebody is deactivated: who or what ended it, and how long requests were let in.
-- `last_accepted_at` and `last_byte_at` are told by the servers that let the person's requests in and cut their streams.
CREATE TABLE leavings (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  account_id UUID NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT COLLATE "BINARY" NOT NULL,
  state_before TEXT NOT NULL,
  at BIGINT NOT NULL,
  source TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id UUID,
  actor_name TEXT NOT NULL,
  run_id UUID,
  request_id TEXT,
  last_seen_at BIGINT,
  last_accepted_at BIGINT,
  last_byte_at BIGINT,
  back_at BIGINT
);

CREATE INDEX leavings_list ON leavings (workplace_id, at, id);

CREATE INDEX leavings_account ON leavings (account_id, workplace_id, at);

-- What ended with it, thing by thing. `ended_at` null: it goes on, and a person must look after it.
CREATE TABLE leaving_ends (
  id UUID NOT NULL PRIMARY KEY,
  leaving_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  kind TEXT NOT NULL,
  what TEXT NOT NULL,
  thing_id UUID,
  began_at BIGINT,
  last_used_at BIGINT,
  ended_at BIGINT
);

CREATE INDEX leaving_ends_leaving ON leaving_ends (leaving_id, id);

CREATE INDEX api_tokens_creator ON api_tokens (created_by, workplace_id) WHERE ended_at IS NULL;

CREATE INDEX join_links_creator ON join_links (created_by, workplace_id) WHERE revoked_at IS NULL;

CREATE INDEX address_proofs_account ON address_proofs (account_id, workplace_id) WHERE used_at IS NULL;

-- Whoever left before: what is known of it from the account, the audit log and the sessions.
INSERT INTO leavings (id, workplace_id, account_id, name, name_key, state_before, at, source, actor_kind, actor_id,
  actor_name, last_seen_at)
SELECT a.id, a.workplace_id, a.id, CASE WHEN a.former THEN 'Former member' ELSE a.display_name END,
  CASE WHEN a.former THEN 'former member' ELSE a.name_key END, COALESCE(a.resting_state, 'claimed'), a.deactivated_at,
  COALESCE(a.ended_by, 'admin'),
  COALESCE((SELECT e.actor_kind FROM audit_events e WHERE e.subject_id = a.id AND e.workplace_id = a.workplace_id
    AND e.verb = 'deactivate' ORDER BY e.id DESC LIMIT 1), 'system'),
  (SELECT e.actor_id FROM audit_events e WHERE e.subject_id = a.id AND e.workplace_id = a.workplace_id
    AND e.verb = 'deactivate' ORDER BY e.id DESC LIMIT 1),
  COALESCE((SELECT e.actor_name FROM audit_events e WHERE e.subject_id = a.id AND e.workplace_id = a.workplace_id
    AND e.verb = 'deactivate' ORDER BY e.id DESC LIMIT 1), ''),
  (SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.account_id = a.id AND s.workplace_id = a.workplace_id)
FROM accounts a WHERE a.state = 'deactivated' AND a.deactivated_at IS NOT NULL;

INSERT INTO leaving_ends (id, leaving_id, workplace_id, kind, what, thing_id, began_at, last_used_at, ended_at)
SELECT s.id, a.id, a.workplace_id, 'session', '', s.id, s.created_at, s.last_seen_at, s.ended_at
FROM sessions s JOIN accounts a ON a.id = s.account_id AND a.workplace_id = s.workplace_id
WHERE a.state = 'deactivated' AND a.deactivated_at IS NOT NULL AND s.ended_at = a.deactivated_at;
