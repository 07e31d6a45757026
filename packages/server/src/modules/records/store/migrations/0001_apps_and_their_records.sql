CREATE SCHEMA records;

-- One row per app; its records live in a table of their own, records.app_<id>, made from the definition.
CREATE TABLE records.apps (
  id integer PRIMARY KEY,
  alias text UNIQUE,
  name text NOT NULL,
  -- raised by every change of the definition; statements prepared for an older one find nothing
  version integer NOT NULL DEFAULT 1,
  -- json, not jsonb: exports keep the order in which it was written
  definition json NOT NULL
);

-- What running numbers have reached: automatic numbers of fields, serials of process ids per day.
CREATE TABLE records.counters (
  app integer NOT NULL REFERENCES records.apps ON DELETE CASCADE,
  name text NOT NULL,
  value bigint NOT NULL,
  PRIMARY KEY (app, name)
);

-- Who changed what: one row per change of a record, with the values before and after of what differs.
CREATE TABLE records.history (
  app integer NOT NULL,
  record bigint NOT NULL,
  revision bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  by_user integer,
  via text NOT NULL,
  changes jsonb NOT NULL,
  PRIMARY KEY (app, record, revision)
);

-- Files are held in the database, in pieces, so that they are as durable and as shared as the records.
CREATE TABLE records.files (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app integer NOT NULL,
  -- null until a saved record holds it
  record bigint,
  field integer,
  name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  complete boolean NOT NULL DEFAULT false,
  uploaded_by integer,
  uploaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_of_record ON records.files (app, record);
CREATE INDEX files_left_over ON records.files (uploaded_at) WHERE record IS NULL;

CREATE TABLE records.file_pieces (
  file bigint NOT NULL REFERENCES records.files ON DELETE CASCADE,
  n integer NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (file, n)
);
ALTER TABLE records.file_pieces ALTER COLUMN content SET STORAGE EXTERNAL;
