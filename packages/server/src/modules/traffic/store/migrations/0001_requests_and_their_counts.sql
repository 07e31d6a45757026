CREATE SCHEMA traffic;

-- One row per request that was kept. Narrow, so that a search in the paths reads little; what is long is in messages.
CREATE TABLE traffic.requests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  listener text NOT NULL,
  dialect text NOT NULL,
  method text NOT NULL,
  -- with its query, secrets masked
  path text NOT NULL,
  -- null: the client left before it was answered
  status smallint,
  class smallint GENERATED ALWAYS AS (coalesce(status / 100, 0)) STORED,
  duration_ms real NOT NULL,
  request_id text NOT NULL,
  -- null where nobody was recognised
  login text,
  request_bytes bigint NOT NULL,
  response_bytes bigint NOT NULL,
  address text NOT NULL
);
CREATE INDEX requests_at ON traffic.requests (at);
CREATE INDEX requests_by_dialect ON traffic.requests (dialect, id);
CREATE INDEX requests_by_class ON traffic.requests (class, id);
CREATE INDEX requests_by_login ON traffic.requests (login, id);
CREATE INDEX requests_by_request_id ON traffic.requests (request_id);

-- Headers and beginnings of bodies, secrets masked. No foreign key: both tables are written and cleared together.
CREATE TABLE traffic.messages (
  id bigint PRIMARY KEY,
  request_headers jsonb NOT NULL,
  response_headers jsonb NOT NULL,
  request_body text,
  response_body text
);

-- All requests, those too of which no row was kept.
CREATE TABLE traffic.minutes (
  minute timestamptz NOT NULL,
  dialect text NOT NULL,
  requests integer NOT NULL,
  errors integer NOT NULL,
  PRIMARY KEY (minute, dialect)
);
