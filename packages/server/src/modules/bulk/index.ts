import type { Readable } from 'node:stream';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { App, MemberSource, Records } from '../records/index.ts';
import { type ExportOptions, exportCsv } from './export-csv.ts';
import { type ImportOptions, type ImportReport, importCsv } from './import-csv.ts';
import { createProgress, type ImportProgress } from './progress.ts';

export type { ExportOptions } from './export-csv.ts';
export { type ImportOptions, type ImportReport, type LineError, reportedErrors } from './import-csv.ts';
export type { ImportProgress } from './progress.ts';
export { type Encoding, encodings } from './read-csv.ts';

export type Bulk = {
  /**
   * Adds or changes records from a CSV file as it arrives. Lines that do not fit are reported and leave the others
   * alone; what was saved before the file turned out to be broken stays saved. Needs the right to import. With an
   * `id` (a UUID of the caller's making) it can be watched and stopped meanwhile; `size` in bytes.
   */
  import(
    caller: Caller,
    app: App,
    content: Readable,
    options: Omit<ImportOptions, 'tell'> & { id?: string; size?: number },
  ): Promise<ImportReport>;
  /** How far the import is, for who started it and for administrators. @throws AppError `bulk.importNotFound` */
  progress(caller: Caller, id: string): Promise<ImportProgress>;
  /** Ends the import after the lines that it is saving. @throws AppError `bulk.importNotFound` */
  stop(caller: Caller, id: string): Promise<void>;
  /** The records as CSV, piece by piece. Needs the right to export; fields that the caller may not see stay out. */
  export(caller: Caller, app: App, options: ExportOptions): AsyncGenerator<Buffer>;
};

/** CSV in and out of an app, of any size in bounded memory. */
export function createBulk(deps: { database: Database; records: Records; people: MemberSource }): Bulk {
  const { database, records, people } = deps;
  const progress = createProgress(database);
  return {
    import(caller, app, content, { id, size, ...options }) {
      if (id === undefined) return importCsv(records, caller, app, content, options);
      return progress.watched({ id, app: app.id, user: caller.user, size }, (tell) =>
        importCsv(records, caller, app, content, { ...options, tell }),
      );
    },
    progress: progress.read,
    stop: progress.stop,
    export: (caller, app, options) => exportCsv(records, people, caller, app, options),
  };
}
