-- webhook, mail or write
ALTER TABLE automations.deliveries ADD COLUMN kind text NOT NULL DEFAULT 'webhook';
-- whose save it was, and how many automations led to it
ALTER TABLE automations.deliveries ADD COLUMN actor integer;
ALTER TABLE automations.deliveries ADD COLUMN depth integer NOT NULL DEFAULT 0;
-- sent only once the earlier ones of the same record have ended
ALTER TABLE automations.deliveries ADD COLUMN ordered boolean NOT NULL DEFAULT false;
CREATE INDEX deliveries_in_order ON automations.deliveries (app, automation, record, id)
  WHERE ordered AND state IN ('pending', 'running', 'paused');
-- for the report of loops
CREATE INDEX deliveries_by_time ON automations.deliveries (created_at);

-- what was sent, with secrets masked
ALTER TABLE automations.attempts ADD COLUMN request jsonb;

-- Targets that kept failing: their deliveries wait until somebody resumes them.
CREATE TABLE automations.pauses (
  app integer NOT NULL,
  automation text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL,
  PRIMARY KEY (app, automation)
);

-- When automations that run by the clock run next, and which records those that tell of a record once have told of.
CREATE TABLE automations.schedules (
  app integer NOT NULL,
  automation text NOT NULL,
  next_at timestamptz NOT NULL,
  PRIMARY KEY (app, automation)
);
CREATE TABLE automations.told (
  app integer NOT NULL,
  automation text NOT NULL,
  record bigint NOT NULL,
  PRIMARY KEY (app, automation, record)
);
