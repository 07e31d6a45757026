-- Who is deactivated keeps everything he has but cannot come in, by whichever way.
ALTER TABLE identity.users ADD COLUMN deactivated_at timestamptz;
-- An administrator lists who is signed in, the newest first.
CREATE INDEX sessions_created ON identity.sessions (created_at, id) WHERE revoked_at IS NULL;
