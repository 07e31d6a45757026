-- a request that was answered is answered the same again (Idempotency-Key)
ALTER TABLE catalog.subscriptions ADD COLUMN request_key text;
CREATE UNIQUE INDEX subscriptions_by_request ON catalog.subscriptions (organization, request_key)
  WHERE request_key IS NOT NULL;
-- until when the process that carries out `step` is believed to live
ALTER TABLE catalog.subscriptions ADD COLUMN step_lease timestamptz;
CREATE INDEX subscriptions_active ON catalog.subscriptions (activated_at) WHERE state = 'ACTIVE';

-- who uses a subscription, and used it: bills look back. A change of role ends a row and begins one.
CREATE TABLE catalog.assignments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription bigint NOT NULL REFERENCES catalog.subscriptions ON DELETE CASCADE,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  role text,
  application_user_id text,
  told boolean NOT NULL DEFAULT false, -- whether the application knows
  since timestamptz NOT NULL DEFAULT now(),
  until timestamptz
);
CREATE UNIQUE INDEX assignments_now ON catalog.assignments (subscription, user_number) WHERE until IS NULL;

-- what was agreed from when to when, while the subscription was in use: the ground of bills
CREATE TABLE catalog.terms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription bigint NOT NULL REFERENCES catalog.subscriptions ON DELETE CASCADE,
  since timestamptz NOT NULL DEFAULT now(),
  until timestamptz,
  parameters jsonb NOT NULL, -- {id: value}, passwords left out
  prices jsonb
);
CREATE UNIQUE INDEX terms_now ON catalog.terms (subscription) WHERE until IS NULL;

CREATE TABLE catalog.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription bigint NOT NULL REFERENCES catalog.subscriptions ON DELETE CASCADE,
  event_id text NOT NULL,
  occurred_at timestamptz NOT NULL,
  actor text,
  multiplier bigint NOT NULL CHECK (multiplier > 0),
  unique_id text,
  UNIQUE (subscription, unique_id)
);
CREATE INDEX events_by_time ON catalog.events (subscription, occurred_at);

CREATE TABLE catalog.operation_records (
  transaction_id text PRIMARY KEY,
  subscription bigint NOT NULL REFERENCES catalog.subscriptions ON DELETE CASCADE,
  operation text NOT NULL,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  state text NOT NULL CHECK (state IN ('RUNNING', 'COMPLETED', 'ERROR')),
  message jsonb, -- texts by locale
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operation_records_by_subscription ON catalog.operation_records (subscription, at);

-- instances that may exist at an application although no subscription has them (or no longer)
CREATE TABLE catalog.orphans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  technical_service bigint NOT NULL REFERENCES catalog.technical_services ON DELETE CASCADE,
  organization text NOT NULL,
  subscription_id text NOT NULL,
  instance_id text, -- absent: the application never told it
  reason text NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'deleted', 'givenUp'))
);
CREATE INDEX orphans_open ON catalog.orphans (id) WHERE state = 'open';
