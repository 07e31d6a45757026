CREATE SCHEMA identity;

-- Numbers are never used again: whoever is removed keeps his row, so that what he did still has a name.
CREATE TABLE identity.users (
  number integer PRIMARY KEY CHECK (number >= 0),
  login text NOT NULL,
  name text NOT NULL,
  mail text,
  password_hash text,              -- argon2id; absent: cannot sign in with a password
  digest_secret text,              -- HTTP Digest HA1, encrypted with the secret key; set together with password_hash
  password_expired boolean NOT NULL DEFAULT false,
  kind text NOT NULL DEFAULT 'endUser' CHECK (kind IN ('serviceDesk', 'endUser')),
  auth_method text NOT NULL DEFAULT 'basic' CHECK (auth_method IN ('basic', 'saml', 'ldap')),
  roles text[] NOT NULL DEFAULT '{}',
  access_keys_allowed boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz
);
CREATE UNIQUE INDEX users_login ON identity.users (login) WHERE removed_at IS NULL;

CREATE TABLE identity.groups (
  number integer PRIMARY KEY CHECK (number > 0),
  id text NOT NULL,
  name text NOT NULL,
  removed_at timestamptz
);
CREATE UNIQUE INDEX groups_id ON identity.groups (id) WHERE removed_at IS NULL;

CREATE TABLE identity.memberships (
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  group_number integer NOT NULL REFERENCES identity.groups ON UPDATE CASCADE,
  PRIMARY KEY (user_number, group_number)
);
CREATE INDEX memberships_group ON identity.memberships (group_number);

-- One row per sign-in; its refresh token changes with every use, and the one before is remembered for the grace.
CREATE TABLE identity.sessions (
  id uuid PRIMARY KEY,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  refresh_digest bytea NOT NULL,
  previous_digest bytea,
  rotated_at timestamptz,
  replay text,                     -- the answer of the last rotation, encrypted with the secret key
  address text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_user ON identity.sessions (user_number);
CREATE INDEX sessions_expiry ON identity.sessions (expires_at);

CREATE TABLE identity.api_keys (
  id uuid PRIMARY KEY,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  name text NOT NULL,
  digest bytea NOT NULL UNIQUE,
  scopes text[],                   -- absent: everything the user may do
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX api_keys_user ON identity.api_keys (user_number, created_at, id);

-- AppSuite access keys: declared ones have no expiry, those of the login API do.
CREATE TABLE identity.access_keys (
  digest bytea PRIMARY KEY,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  declared boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);
CREATE INDEX access_keys_user ON identity.access_keys (user_number);
CREATE INDEX access_keys_expiry ON identity.access_keys (expires_at) WHERE expires_at IS NOT NULL;

-- Who may use access keys at all (appsuite §3.5); one row, absent: everybody, from everywhere.
CREATE TABLE identity.access_key_policy (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  usage text NOT NULL CHECK (usage IN ('allow', 'disallow', 'allowListed', 'denyListed')),
  addresses text[] NOT NULL DEFAULT '{}'
);

-- One row per user, so that there is never a second live access token (ssm §1.6).
CREATE TABLE identity.ssm_tokens (
  user_number integer PRIMARY KEY REFERENCES identity.users ON UPDATE CASCADE,
  access_id uuid NOT NULL,         -- the access token that lives
  refresh_id uuid NOT NULL,        -- the refresh token of the latest login
  expires_at timestamptz NOT NULL  -- when both are dead
);
CREATE INDEX ssm_tokens_expiry ON identity.ssm_tokens (expires_at);
