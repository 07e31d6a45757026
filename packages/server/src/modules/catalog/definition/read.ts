import { AppError } from '../../../platform/errors.ts';
import { createXmlReader } from '../../../platform/xml/reader.ts';
import { type Fault, faults } from './faults.ts';
import type { Grammar } from './grammar.ts';
import type { Definition } from './model.ts';
import { createPackedList, type PackedList } from './packed-list.ts';
import { readService } from './rules.ts';
import { createStructureReader, type DefinitionElement } from './structure.ts';

/** A service of the file, with the line of its start tag for what is found out later. */
export type ReadService = { definition: Definition; line: number };

export type ReadResult = {
  services: PackedList<ReadService>;
  /** All mistakes, in the order of the file; the services are of use only when there are none. */
  faults: Fault[];
};

/** What a definition file may hold, in bytes. */
export const definitionLimit = 256 * 1024 * 1024;

/** A file full of mistakes is not worth reading to its end. */
const mostFaults = 1000;

class TooManyFaults extends Error {}

/**
 * Reads a technical service definition file of either dialect (oscm §1.5) as a stream and checks it against the
 * structure and all rules that need no look at the catalog. Memory holds the packed definitions, not the file.
 */
export async function readDefinitions(
  source: AsyncIterable<Uint8Array>,
  billingAdapters: ReadonlySet<string>,
): Promise<ReadResult> {
  const services = createPackedList<ReadService>();
  const found: Fault[] = [];
  const keys = new Set<string>();
  const report = (fault: Fault) => {
    if (found.push(fault) >= mostFaults) throw new TooManyFaults();
  };
  const take = (element: DefinitionElement, grammar: Grammar) => {
    const definition = readService(element, grammar, { billingAdapters, report });
    const key = JSON.stringify([definition.id, definition.version]);
    // OSCM lets a second definition update the first; the seed refuses a key that is taken (oscm §1.2 fact 6)
    if (grammar.dialect === 'v14' && keys.has(key)) {
      report(
        faults.duplicate(
          { line: element.line, element: element.name, attribute: 'id' },
          `${definition.id} ${definition.version}`,
          'TechnicalServices',
        ),
      );
    }
    keys.add(key);
    // without a fault so far: after one nothing will be stored, so the rest need not be kept
    if (found.length === 0) services.push({ definition, line: element.line });
    else services.clear();
  };
  const structure = createStructureReader(report, take);
  const reader = createXmlReader(
    {
      open: ({ local, uri, attributes, line }) =>
        structure.open({ local, uri, attributes: writtenAttributes(attributes), line }),
      text: structure.text,
      close: structure.close,
    },
    { maxBytes: definitionLimit },
  );
  try {
    for await (const chunk of source) reader.write(chunk);
    reader.end();
  } catch (error) {
    if (error instanceof TooManyFaults) return { services, faults: found };
    if (!(error instanceof AppError) || error.kind === 'tooLarge') throw error;
    found.push(faults.unreadable(reader.line(), error));
  }
  return { services, faults: found };
}

type XmlAttribute = { prefix: string; name: string; local: string; uri: string; value: string };

function writtenAttributes(attributes: Readonly<Record<string, XmlAttribute>>): XmlAttribute[] {
  return Object.values(attributes).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns');
}

/** A file that is text already (in a workspace file, say): what its declaration says of bytes no longer holds. */
export async function* definitionText(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(
    text.replace(/^(\uFEFF?<\?xml[^>]*?\s)encoding\s*=\s*(["'])[^"']*\2/, '$1encoding="UTF-8"'),
  );
}
