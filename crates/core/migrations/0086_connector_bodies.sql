-- What was sent with a request of a connector, if it is long: packed, and apart from the rows that are listed. `size`: of what is packed.
CREATE TABLE connector_bodies (
  entry_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  connector_id UUID NOT NULL,
  at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  packed BYTEA NOT NULL
);

CREATE INDEX connector_bodies_connector ON connector_bodies (connector_id, entry_id, size);

CREATE INDEX connector_bodies_at ON connector_bodies (at);

-- How long it was, if it is apart, or was until it gave its room to newer ones.
ALTER TABLE connector_log ADD COLUMN body_bytes BIGINT;
