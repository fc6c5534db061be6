-- The locations whose people somebody looks after, besides those whose managers lead to them.
CREATE TABLE supervised_locations (
  account_id UUID NOT NULL,
  workplace_id UUID NOT NULL,
  location TEXT NOT NULL,
  location_key TEXT COLLATE "BINARY" NOT NULL,
  PRIMARY KEY (account_id, location_key)
);

-- Devices that many people share. A device is one as long as it has the token, of which only a hash is kept.
CREATE TABLE kiosks (
  id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  name TEXT NOT NULL,
  idle_seconds BIGINT NOT NULL,
  enrol_hash TEXT,
  enrol_until BIGINT,
  token_hash TEXT,
  created_by UUID,
  created_at BIGINT NOT NULL,
  enrolled_at BIGINT,
  ended_at BIGINT
);

CREATE UNIQUE INDEX kiosks_enrol ON kiosks (enrol_hash);

CREATE UNIQUE INDEX kiosks_token ON kiosks (token_hash);

CREATE INDEX kiosks_list ON kiosks (workplace_id, id);

-- A session on such a device ends when nobody touches it for so long.
ALTER TABLE sessions ADD COLUMN kiosk_id UUID;

ALTER TABLE sessions ADD COLUMN idle_seconds BIGINT;

CREATE INDEX sessions_kiosk ON sessions (kiosk_id, workplace_id) WHERE kiosk_id IS NOT NULL;
