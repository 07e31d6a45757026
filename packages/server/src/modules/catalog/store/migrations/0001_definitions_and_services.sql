CREATE SCHEMA catalog;

CREATE TABLE catalog.organizations (
  id text PRIMARY KEY,
  name text NOT NULL,
  roles text[] NOT NULL CHECK (roles <@ ARRAY['technologyProvider', 'supplier', 'customer'])
);

-- for whom a user acts
CREATE TABLE catalog.members (
  organization text NOT NULL REFERENCES catalog.organizations ON DELETE CASCADE,
  user_number integer NOT NULL REFERENCES identity.users ON UPDATE CASCADE,
  PRIMARY KEY (organization, user_number)
);
CREATE INDEX members_by_user ON catalog.members (user_number);

-- beside NATIVE_BILLING, which needs no row
CREATE TABLE catalog.billing_adapters (id text PRIMARY KEY);

CREATE TABLE catalog.technical_services (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization text NOT NULL REFERENCES catalog.organizations,
  id text NOT NULL,
  version text NOT NULL, -- empty for OSCM 1.9, which has none
  definition jsonb NOT NULL, -- without provisioningPassword
  sealed_password text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization, id, version)
);
-- the seed's key, whoever owns the service (oscm §1.2 fact 6)
CREATE UNIQUE INDEX technical_services_by_version ON catalog.technical_services (id, version) WHERE version <> '';

CREATE TABLE catalog.services (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  name jsonb NOT NULL,
  supplier text NOT NULL REFERENCES catalog.organizations,
  technical_service bigint NOT NULL REFERENCES catalog.technical_services,
  parameters jsonb NOT NULL,
  prices jsonb,
  compatible text[] NOT NULL, -- ids of services a subscription may be upgraded to
  active boolean NOT NULL,
  deleted_at timestamptz -- kept while subscriptions refer to it
);
CREATE UNIQUE INDEX services_by_id ON catalog.services (id) WHERE deleted_at IS NULL;
CREATE INDEX services_by_technical_service ON catalog.services (technical_service);
CREATE INDEX services_by_supplier ON catalog.services (supplier, id) WHERE deleted_at IS NULL;
