CREATE TABLE catalog.subscriptions (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization text NOT NULL REFERENCES catalog.organizations, -- the customer
  id text NOT NULL, -- the customer's name for it; changed at its end, so that the name is free again
  service bigint NOT NULL REFERENCES catalog.services,
  technical_service bigint NOT NULL REFERENCES catalog.technical_services,
  state text NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD',
                                       'EXPIRED', 'DEACTIVATED', 'INVALID')),
  -- what is under way with the application, so that a restarted server knows what it left unfinished
  step text,
  step_at timestamptz,
  owner integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  reference_id text,
  parameters jsonb NOT NULL, -- {id: value}; values of type PWD are sealed
  attributes jsonb NOT NULL DEFAULT '{}',
  prices jsonb, -- the price model as it was agreed
  next jsonb, -- what an unfinished modification or upgrade will make of it
  instance_id text,
  access_info text,
  base_url text,
  login_path text,
  message text,
  timeout_noticed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  activated_at timestamptz,
  ended_at timestamptz,
  UNIQUE (organization, id)
);
CREATE UNIQUE INDEX subscriptions_by_instance ON catalog.subscriptions (technical_service, instance_id)
  WHERE instance_id IS NOT NULL AND state NOT IN ('DEACTIVATED', 'INVALID');
CREATE INDEX subscriptions_by_service ON catalog.subscriptions (service);
CREATE INDEX subscriptions_waiting ON catalog.subscriptions (created_at) WHERE state = 'PENDING';
CREATE INDEX subscriptions_unfinished ON catalog.subscriptions (step_at) WHERE step IS NOT NULL;

CREATE TABLE catalog.sessions (
  subscription bigint NOT NULL REFERENCES catalog.subscriptions ON DELETE CASCADE,
  session_id text NOT NULL, -- the portal's session: bssId
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  token_hash bytea NOT NULL,
  resolved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription, session_id)
);
CREATE INDEX sessions_by_session ON catalog.sessions (session_id);

-- every outgoing call, secrets masked: what an operator looks at when an application misbehaves
CREATE TABLE catalog.calls (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  technical_service bigint NOT NULL,
  subscription bigint,
  operation text NOT NULL,
  url text NOT NULL,
  request text NOT NULL,
  status integer,
  answer text,
  error text, -- absent: it succeeded
  duration_ms integer NOT NULL
);
CREATE INDEX calls_by_subscription ON catalog.calls (subscription, id);
CREATE INDEX calls_by_time ON catalog.calls (at);
