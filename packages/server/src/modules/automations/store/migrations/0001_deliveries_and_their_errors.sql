CREATE SCHEMA automations;

-- One row per webhook of a record change, written in the transaction that saves the record.
CREATE TABLE automations.deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  app integer NOT NULL,
  -- of the app's definition that led to the delivery: a sender that knows only an older one reads it again first
  app_version integer NOT NULL,
  record bigint NOT NULL,
  automation text NOT NULL,
  operation text NOT NULL,
  -- the request's body but for the access token, which is filled in at sending
  body text NOT NULL,
  -- pending, running, done, failed, paused, cancelled
  state text NOT NULL DEFAULT 'pending',
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- tries since it was last asked for
  tries integer NOT NULL DEFAULT 0,
  worker uuid
);
-- what is due, lane by lane (an automation is a lane); dead rows leave it at once
CREATE INDEX deliveries_due ON automations.deliveries (app, automation, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_running ON automations.deliveries (worker) WHERE state = 'running';
CREATE INDEX deliveries_of_app ON automations.deliveries (app, id);
CREATE INDEX deliveries_by_state ON automations.deliveries (state, id) WHERE state <> 'done';

-- Senders that live. What one held is free again once it has not been seen for some seconds.
CREATE TABLE automations.workers (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE automations.attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery bigint NOT NULL REFERENCES automations.deliveries ON DELETE CASCADE,
  at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  status integer,
  error text,
  response text
);
CREATE INDEX attempts_of_delivery ON automations.attempts (delivery, id);

CREATE TABLE automations.error_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  app integer NOT NULL,
  automation text NOT NULL,
  record bigint,
  operation text NOT NULL,
  status integer,
  message text NOT NULL,
  delivery bigint
);
CREATE INDEX error_log_of_app ON automations.error_log (app, id);
