import type { Caller } from '../../platform/caller.ts';
import { isAdmin } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { errors } from './errors.ts';
import type { ImportReport } from './import-csv.ts';
import {
  askToStop,
  beginImport,
  type ImportRow,
  type ImportState,
  readImport,
  tellImport,
} from './store/imports.ts';

/** How far an import is. `interrupted`: its process has said nothing for a minute, so it died; what was saved stays. */
export type ImportProgress = Omit<ImportRow, 'by_user' | 'silent_seconds' | 'state'> & {
  state: ImportState | 'interrupted';
};

/** Where an import tells how far it is; `false` asks it to stop. */
export type Tell = (report: ImportReport, bytes: number) => Promise<boolean>;

/** Milliseconds between two notes of one import. */
const tellEvery = 200;
/** Seconds. */
const silence = 60;

/** Imports with an id can be watched and stopped, from any process, by who started them and by administrators. */
export function createProgress(database: Database) {
  async function own(caller: Caller, id: string): Promise<ImportRow> {
    const row = await readImport(database, id);
    if (!row || (row.by_user !== caller.user && !isAdmin(caller))) throw errors.importNotFound({ id });
    return row;
  }

  return {
    /** Runs an import and keeps its row up to date. @throws AppError `importIdTaken` */
    async watched(
      { id, app, user, size }: { id: string; app: number; user: number; size: number | undefined },
      work: (tell: Tell) => Promise<ImportReport>,
    ): Promise<ImportReport> {
      if (!(await beginImport(database, { id, app, user, size }))) throw errors.importIdTaken({ id });
      let latest = { inserted: 0, updated: 0, failed: 0, bytes: 0 };
      let toldAt = 0;
      const tell: Tell = async ({ inserted, updated, failed }, bytes) => {
        latest = { inserted, updated, failed, bytes };
        if (Date.now() - toldAt < tellEvery) return true;
        toldAt = Date.now();
        return !(await tellImport(database, id, 'running', latest));
      };
      try {
        const report = await work(tell);
        const { inserted, updated, failed } = report;
        const state = report.stopped ? 'stopped' : 'done';
        await tellImport(database, id, state, { ...latest, inserted, updated, failed });
        return report;
      } catch (error) {
        await tellImport(database, id, 'failed', latest);
        throw error;
      }
    },
    /** @throws AppError `importNotFound` */
    async read(caller: Caller, id: string): Promise<ImportProgress> {
      const { by_user: _, silent_seconds, ...row } = await own(caller, id);
      return {
        ...row,
        state: row.state === 'running' && silent_seconds > silence ? 'interrupted' : row.state,
      };
    },
    /** It ends after the lines that it is saving; what was saved stays. @throws AppError `importNotFound` */
    async stop(caller: Caller, id: string): Promise<void> {
      await own(caller, id);
      await askToStop(database, id);
    },
  };
}
