CREATE SCHEMA bulk;

-- How far an import is, for who waits for it in whichever process he asks; kept for a day.
CREATE TABLE bulk.imports (
  id uuid PRIMARY KEY,
  app integer NOT NULL,
  by_user integer NOT NULL,
  -- running, done, stopped, failed
  state text NOT NULL DEFAULT 'running',
  -- of the file, where the sender said so
  size bigint,
  bytes bigint NOT NULL DEFAULT 0,
  inserted integer NOT NULL DEFAULT 0,
  updated integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  -- somebody asked to stop it
  stop boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON bulk.imports (started_at);
