import type { Readable } from 'node:stream';
import type { Caller } from '../../platform/caller.ts';
import type { App, MemberSource, Records } from '../records/index.ts';
import { type ExportOptions, exportCsv } from './export-csv.ts';
import { type ImportOptions, type ImportReport, importCsv } from './import-csv.ts';

export type { ExportOptions } from './export-csv.ts';
export { type ImportOptions, type ImportReport, type LineError, reportedErrors } from './import-csv.ts';
export { type Encoding, encodings } from './read-csv.ts';

export type Bulk = {
  /**
   * Adds or changes records from a CSV file as it arrives. Lines that do not fit are reported and leave the others
   * alone; what was saved before the file turned out to be broken stays saved. Needs the right to import.
   */
  import(caller: Caller, app: App, content: Readable, options: ImportOptions): Promise<ImportReport>;
  /** The records as CSV, piece by piece. Needs the right to export; fields that the caller may not see stay out. */
  export(caller: Caller, app: App, options: ExportOptions): AsyncGenerator<Buffer>;
};

/** CSV in and out of an app, of any size in bounded memory. */
export function createBulk({ records, people }: { records: Records; people: MemberSource }): Bulk {
  return {
    import: (caller, app, content, options) => importCsv(records, caller, app, content, options),
    export: (caller, app, options) => exportCsv(records, people, caller, app, options),
  };
}
