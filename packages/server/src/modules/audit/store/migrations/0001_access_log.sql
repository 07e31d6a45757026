CREATE SCHEMA audit;

CREATE TABLE audit.access_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  -- null where nobody was recognised
  user_number integer,
  dialect text NOT NULL,
  operation text NOT NULL,
  app integer,
  table_name text,
  record text,
  outcome text NOT NULL DEFAULT 'ok',
  address text
);
CREATE INDEX access_log_at ON audit.access_log (at);
CREATE INDEX access_log_app ON audit.access_log (app, id);
CREATE INDEX access_log_user ON audit.access_log (user_number, id);
CREATE INDEX access_log_operation ON audit.access_log (operation, id);
