-- Whom a connector has ended within a day, and what the brake refused.
ALTER TABLE connectors ADD COLUMN leavers TEXT;
