-- A connection that is being prepared for an identity provider that is on: it comes into force when a test of it went well.
ALTER TABLE sso_providers ADD COLUMN draft TEXT;
