-- Where a kiosk stands, as its people would say it: told on the phone of whoever logs in there.
ALTER TABLE kiosks ADD COLUMN place TEXT NOT NULL DEFAULT '';

-- The link that a kiosk shows as a QR code, for a phone to let its owner in there: one a kiosk, for two minutes, of which only
-- a hash is kept. `number` is what the kiosk shows beside it, `numbers` those that the phone lets choose from.
-- state: shown -> confirmed -> used, or shown -> refused
CREATE TABLE kiosk_passes (
  kiosk_id UUID NOT NULL PRIMARY KEY,
  workplace_id UUID NOT NULL,
  link_hash TEXT NOT NULL,
  number BIGINT NOT NULL,
  numbers TEXT NOT NULL,
  state TEXT NOT NULL,
  account_id UUID,
  expires_at BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  made BIGINT NOT NULL,
  refused BIGINT NOT NULL
);

CREATE UNIQUE INDEX kiosk_passes_link ON kiosk_passes (link_hash);
