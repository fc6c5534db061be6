-- The groups of a directory that an agent read, as a file: they are followed once the people they name are here.
ALTER TABLE directories ADD COLUMN groups_file UUID;
