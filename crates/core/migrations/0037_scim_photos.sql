-- Photos that identity providers name by their address, fetched beside the requests. `due_at` is NULL once nothing is
-- left to do.
CREATE TABLE scim_photos (
  workplace_id UUID NOT NULL,
  connector_id UUID NOT NULL,
  account_id UUID NOT NULL,
  url TEXT NOT NULL,
  fetched BOOLEAN NOT NULL,
  tries BIGINT NOT NULL,
  due_at BIGINT,
  PRIMARY KEY (connector_id, account_id)
);

CREATE INDEX scim_photos_due ON scim_photos (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX scim_photos_account ON scim_photos (account_id, workplace_id);
