CREATE SCHEMA workspace;

-- One row, made by the first apply; every apply locks it, so that applies run one after the other.
CREATE TABLE workspace.state (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  revision bigint NOT NULL DEFAULT 0,
  applied_at timestamptz,
  applied_by text
);

-- One row with the settings as the workspace file gives them; keys that are absent have their defaults.
CREATE TABLE workspace.settings (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  content jsonb NOT NULL
);
