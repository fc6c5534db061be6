-- What the brake holds of the groups of a directory: how many people and groups would go, and whether somebody has let it.
ALTER TABLE directories ADD COLUMN groups_held TEXT;
