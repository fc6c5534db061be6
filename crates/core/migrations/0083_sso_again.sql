-- Whoever is in already proves once more at the provider who they are, before something dangerous.
ALTER TABLE sso_rounds ADD COLUMN fresh BOOLEAN NOT NULL DEFAULT FALSE;
