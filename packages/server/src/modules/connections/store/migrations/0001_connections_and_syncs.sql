CREATE SCHEMA connections;

CREATE TABLE connections.connections (
  name text PRIMARY KEY,
  driver text NOT NULL,
  -- the connection string, sealed: it holds passwords and tokens of other systems
  sealed text NOT NULL,
  -- who may use it beside administrators and designers: everyone, user:ID, group:ID
  access jsonb NOT NULL
);

CREATE TABLE connections.syncs (
  name text PRIMARY KEY,
  definition jsonb NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  -- the process that runs it holds it until then, and renews that while it lives
  held_until timestamptz,
  -- what the last run did: counts, or the error
  outcome jsonb
);
