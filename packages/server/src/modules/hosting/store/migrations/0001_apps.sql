CREATE SCHEMA hosting;

-- apps that were made for subscriptions; only these may be taken away again by the provisioning service
CREATE TABLE hosting.apps (
  id integer PRIMARY KEY, -- of the app
  organization text NOT NULL, -- for whom
  subscription text NOT NULL, -- the customer's name for it
  users jsonb NOT NULL DEFAULT '{}', -- {login name: role}
  active boolean NOT NULL DEFAULT true,
  keep_days integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz, -- nobody gets in any more; the records go after keep_days
  gone boolean NOT NULL DEFAULT false -- they have; the row stays, so that the number is not given again
);
CREATE INDEX apps_deleted ON hosting.apps (deleted_at) WHERE deleted_at IS NOT NULL AND NOT gone;
