-- Since when a provider's metadata could not be taken over, and when admins were told so; both are of `metadata_problem`.
ALTER TABLE sso_providers ADD COLUMN problem_since BIGINT;

ALTER TABLE sso_providers ADD COLUMN problem_told_at BIGINT;
