CREATE SCHEMA processes;

-- What approvers decided, beside the change of state that the history of records tells.
CREATE TABLE processes.decisions (
  app integer NOT NULL,
  record bigint NOT NULL,
  -- the revision that the decision made
  revision bigint NOT NULL,
  action text NOT NULL CHECK (action IN ('approve', 'reject')),
  comment text,
  PRIMARY KEY (app, record, revision)
);

CREATE TABLE processes.attachments (
  app integer NOT NULL,
  record bigint NOT NULL,
  -- from 1
  n integer NOT NULL,
  -- goes with its record, and with it this row
  file bigint NOT NULL UNIQUE REFERENCES records.files ON DELETE CASCADE,
  added_by integer,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (app, record, n)
);
