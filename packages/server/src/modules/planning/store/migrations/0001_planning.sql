-- Planning applications: what they are made of, and which storage their ledgers have.
-- The cells themselves are in one pair of tables per ledger (store/ledger-tables.ts), because every ledger has its
-- own number of dimensions.
CREATE SCHEMA planning;

CREATE TABLE planning.applications (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label text NOT NULL UNIQUE,
  name jsonb NOT NULL,
  type text NOT NULL CHECK (type IN ('workgroup', 'enterprise', 'workflow')),
  -- what is read and written as a whole: forms, open periods, access types, scripts, process definitions, …
  design jsonb NOT NULL,
  -- grows with every change of anything below; servers keep an application in memory as long as it stands
  revision bigint NOT NULL DEFAULT 1
);

CREATE TABLE planning.dimensions (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  label text NOT NULL,
  name jsonb NOT NULL,
  position integer NOT NULL,
  UNIQUE (application, label)
);

CREATE TABLE planning.members (
  dimension integer NOT NULL REFERENCES planning.dimensions ON DELETE CASCADE,
  -- small, unique in the dimension, never given out twice: it is what cells are keyed by
  id integer NOT NULL,
  label text NOT NULL,
  name jsonb NOT NULL,
  kind text NOT NULL CHECK (kind IN ('RESERVED', 'TEMPLATE', 'UDEF')),
  -- holds no values although it has no children
  aggregate boolean NOT NULL DEFAULT false,
  active boolean NOT NULL DEFAULT true,
  root boolean NOT NULL DEFAULT true,
  position integer NOT NULL,
  properties jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (dimension, id),
  UNIQUE (dimension, label)
);

CREATE TABLE planning.placements (
  dimension integer NOT NULL,
  parent integer NOT NULL,
  child integer NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (dimension, parent, child),
  FOREIGN KEY (dimension, parent) REFERENCES planning.members ON DELETE CASCADE,
  FOREIGN KEY (dimension, child) REFERENCES planning.members ON DELETE CASCADE
);

-- Which leaves lie below a member (a leaf below itself): what totals are joined with. Derived from placements.
CREATE TABLE planning.leaves (
  dimension integer NOT NULL REFERENCES planning.dimensions ON DELETE CASCADE,
  ancestor integer NOT NULL,
  leaf integer NOT NULL,
  PRIMARY KEY (dimension, ancestor, leaf)
);
CREATE INDEX leaves_by_leaf ON planning.leaves (dimension, leaf, ancestor);

CREATE TABLE planning.ledgers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  label text NOT NULL,
  name jsonb NOT NULL,
  -- custom dimensions in the order of the columns d1, d2, …
  dimensions integer[] NOT NULL,
  UNIQUE (application, label)
);

CREATE TABLE planning.editions (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  -- PUBLIC, WORKSPACE, a derived edition's key; null once it is hidden
  key text,
  -- former: the public edition before the latest publication; garbage: waits to be swept
  state text NOT NULL CHECK (state IN ('open', 'former', 'garbage')),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (application, key)
);

-- One row per change of a ledger's values; the values it replaced are in the ledger's history table.
CREATE TABLE planning.generations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger integer NOT NULL REFERENCES planning.ledgers ON DELETE CASCADE,
  edition integer NOT NULL REFERENCES planning.editions ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  by text NOT NULL,
  request text NOT NULL,
  cells bigint NOT NULL DEFAULT 0,
  -- folded into its successor: waits to be swept
  folded boolean NOT NULL DEFAULT false
);
CREATE INDEX generations_by_edition ON planning.generations (ledger, edition, id);

CREATE TABLE planning.participants (
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  label text NOT NULL,
  name jsonb NOT NULL,
  access_type text,
  position integer GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (application, label)
);

CREATE TABLE planning.authorities (
  application integer NOT NULL,
  participant text NOT NULL,
  login text NOT NULL,
  in_charge boolean NOT NULL DEFAULT false,
  to_be_notified boolean NOT NULL DEFAULT false,
  position integer GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (application, participant, login),
  FOREIGN KEY (application, participant) REFERENCES planning.participants ON DELETE CASCADE
);

CREATE TABLE planning.translation_tables (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  label text NOT NULL,
  name jsonb NOT NULL,
  UNIQUE (application, label)
);

CREATE TABLE planning.translation_rules (
  translation_table integer NOT NULL REFERENCES planning.translation_tables ON DELETE CASCADE,
  position integer NOT NULL,
  source text NOT NULL,
  target text NOT NULL,
  PRIMARY KEY (translation_table, position)
);

-- A business process of one definition in one fiscal year and period, with an edition of its own.
CREATE TABLE planning.processes (
  application integer NOT NULL REFERENCES planning.applications ON DELETE CASCADE,
  definition text NOT NULL,
  fiscal_year text NOT NULL,
  period text NOT NULL,
  status text NOT NULL CHECK (status IN ('PREPARING', 'CLOSED', 'OPEN')),
  edition integer NOT NULL REFERENCES planning.editions,
  PRIMARY KEY (application, definition, fiscal_year, period)
);
