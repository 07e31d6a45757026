-- What clients of the Web-API hold: registrations and tokens (digests only), and how often a Digest nonce was used.
CREATE TABLE planning.clients (
  id uuid PRIMARY KEY,
  secret_digest bytea NOT NULL,
  name text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX clients_by_expiry ON planning.clients (expires_at);

-- One row per sign-in; ending it ends all tokens that came of it.
CREATE TABLE planning.grants (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client uuid NOT NULL,
  user_number bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX grants_by_expiry ON planning.grants (expires_at);

CREATE TABLE planning.tokens (
  access_digest bytea PRIMARY KEY,
  refresh_digest bytea NOT NULL UNIQUE,
  grant_id bigint NOT NULL REFERENCES planning.grants ON DELETE CASCADE,
  access_expires_at timestamptz NOT NULL,
  -- the refresh token has been exchanged for the next pair
  used boolean NOT NULL DEFAULT false
);
CREATE INDEX tokens_by_grant ON planning.tokens (grant_id);

CREATE TABLE planning.nonces (
  nonce text PRIMARY KEY,
  count bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX nonces_by_expiry ON planning.nonces (expires_at);
