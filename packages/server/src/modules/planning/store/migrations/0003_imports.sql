-- What imports were made through which form, and the records that they refused: for the console. Kept 90 days.
CREATE TABLE planning.imports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger integer NOT NULL REFERENCES planning.ledgers ON DELETE CASCADE,
  -- as it was called then
  edition text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  by text NOT NULL,
  form text NOT NULL,
  participant text NOT NULL,
  pov jsonb NOT NULL,
  -- labels of the form's import fields
  fields text[] NOT NULL,
  -- records (by value field), and how many of them were not imported
  records bigint NOT NULL,
  refused bigint NOT NULL
);
CREATE INDEX imports_by_ledger ON planning.imports (ledger, id);
CREATE INDEX imports_by_time ON planning.imports (ledger, at);

CREATE TABLE planning.import_refusals (
  import bigint NOT NULL REFERENCES planning.imports ON DELETE CASCADE,
  position integer NOT NULL,
  -- number of the record in the file, from 1
  record integer NOT NULL,
  value_field text NOT NULL,
  fields text[] NOT NULL,
  value text NOT NULL,
  -- by language
  message jsonb NOT NULL,
  PRIMARY KEY (import, position)
);
