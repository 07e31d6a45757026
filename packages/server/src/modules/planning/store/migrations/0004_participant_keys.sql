-- A member of some dimensions for which a participant is responsible: what #OWN stands for in access types.
ALTER TABLE planning.participants ADD COLUMN keys jsonb NOT NULL DEFAULT '{}';

-- Rules that take the place of a translation table's own ones for one participant.
CREATE TABLE planning.translation_parts (
  translation_table integer NOT NULL REFERENCES planning.translation_tables ON DELETE CASCADE,
  participant text NOT NULL,
  position integer NOT NULL,
  source text NOT NULL,
  target text NOT NULL,
  PRIMARY KEY (translation_table, participant, position)
);
