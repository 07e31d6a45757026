-- Keys under which records were created, so that a repeated request gives the same records and makes no new ones.
CREATE TABLE records.idempotency_keys (
  user_number integer NOT NULL,
  key text NOT NULL,
  -- digest of what was asked for
  fingerprint text NOT NULL,
  app integer NOT NULL,
  records bigint[] NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_number, key)
);
CREATE INDEX idempotency_keys_at ON records.idempotency_keys (at);
