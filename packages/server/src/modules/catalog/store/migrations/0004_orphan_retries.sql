-- when an instance that is known is deleted again by itself; absent: an operator has to name it, or it is settled
ALTER TABLE catalog.orphans ADD COLUMN next_try_at timestamptz;
ALTER TABLE catalog.orphans ADD COLUMN last_error text;
DROP INDEX catalog.orphans_open;
CREATE INDEX orphans_due ON catalog.orphans (next_try_at) WHERE state = 'open';
CREATE INDEX orphans_unnamed ON catalog.orphans (organization, subscription_id) WHERE instance_id IS NULL;

-- what was asked of an operation, and when something was last heard of it
ALTER TABLE catalog.operation_records ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}';
ALTER TABLE catalog.operation_records ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

-- how many virtual machines an instance has, where its application tells (oscm §3.8)
ALTER TABLE catalog.subscriptions ADD COLUMN vms_number integer;

-- portal sessions that are told by SOAP (oscm §4.3); their service sessions end with them
CREATE TABLE catalog.platform_sessions (
  session_id text NOT NULL,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, user_number)
);
-- opened at the entry by a portal session of our own, which may end without a word (expired)
ALTER TABLE catalog.sessions ADD COLUMN portal boolean NOT NULL DEFAULT false;
CREATE INDEX sessions_of_portal ON catalog.sessions (session_id) WHERE portal;
