import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { exportAuthorities, importAuthorities, type KnownLogins } from './authorities.ts';
import { backupApplication } from './backup.ts';
import { calculateByForm, runScript, type ScriptRequest } from './calculate.ts';
import * as design from './design-requests.ts';
import * as editions from './edition-requests.ts';
import { clearEdition, createEdition, discardEdition, listEditions } from './editions.ts';
import { type CsvStyle, exportValues, type FormRequest } from './export-values.ts';
import { listApplications, readFormTable } from './form-table.ts';
import * as imports from './import-history.ts';
import { type ImportOutcome, type ImportRequest, importValues } from './import-values.ts';
import { type LedgerRequest, listLedgers, readLedger } from './read-ledger.ts';
import { createSlots } from './slots.ts';
import { createApplications } from './store/application.ts';
import type { Page } from './store/imports.ts';
import { sweepGarbage } from './sweep.ts';
import { createWebTokens } from './web-tokens.ts';
import { createPlanningSection } from './workspace-section.ts';
import { type CellWrite, writeCells } from './write-cells.ts';

export { errors as commandRowErrors } from './errors.ts';
export type { LedgerSummary } from './read-ledger.ts';
export {
  booleanField,
  type CommandRow,
  detailRow,
  headerRow,
  readCommandRows,
  requiredField,
} from './rules/command-rows.ts';
export type { Pov } from './rules/form-view.ts';
export type { ImportSummary } from './store/imports.ts';

export type { CsvStyle, FormRequest, ImportOutcome, ImportRequest };

export type Planning = ReturnType<typeof createPlanning>;

/** Ledgers of planning figures: what the fusion_place Web-API, the console and SQL work on. */
export function createPlanning({ database }: { database: Database }) {
  const applications = createApplications();
  // together less than the connections that there are
  const deps = { database, applications, importSlots: createSlots(4), exportSlots: createSlots(4) };
  const section: WorkspaceSection = createPlanningSection();
  return {
    section,
    /** What clients of the Web-API sign in with. */
    webTokens: createWebTokens(database),
    importValues: (caller: Caller, request: ImportRequest, contents: AsyncIterable<string>, locale: Locale) =>
      importValues(deps, caller, request, contents, locale),
    exportValues: (caller: Caller, request: FormRequest, style: CsvStyle) =>
      exportValues(deps, caller, request, style),
    /** A form as rows and columns; `columns` names the dimension that goes over the columns. */
    readFormTable: (caller: Caller, request: FormRequest, columns?: string, entry?: boolean) =>
      readFormTable(deps, caller, request, columns, entry),
    listApplications: (caller: Caller) => listApplications(deps, caller),
    /** Single cells through a form; each that may not be written is refused by itself. */
    writeCells: (caller: Caller, request: FormRequest, cells: readonly CellWrite[]) =>
      writeCells(deps, caller, request, cells),
    listImports: (caller: Caller, application: string, page: Page) =>
      imports.listOwnImports(deps, caller, application, page),
    readImport: (caller: Caller, application: string, id: number) =>
      imports.readImport(deps, caller, application, id),
    listImportRefusals: (caller: Caller, application: string, id: number, page: Page) =>
      imports.readImportRefusals(deps, caller, application, id, page),
    /** Ledgers that the caller may read. */
    async listLedgers(caller: Caller) {
      const known = await listApplications(deps, caller);
      return listLedgers(deps, new Map(known.map(({ label, participants }) => [label, participants])));
    },
    /** A ledger's values, one leaf combination after the other. */
    readLedger: (caller: Caller, request: LedgerRequest) => readLedger(deps, caller, request),
    calculateByForm: (caller: Caller, request: FormRequest) => calculateByForm(deps, caller, request),
    runScript: (caller: Caller, request: ScriptRequest) => runScript(deps, caller, request),

    exportDimension: (application: string, dimension: string) =>
      design.exportDimension(deps, application, dimension),
    importDimension: (caller: Caller, application: string, dimension: string, text: string) =>
      design.importDimension(deps, caller, application, dimension, text),
    exportParticipants: (application: string) => design.exportParticipants(deps, application),
    importParticipants: (caller: Caller, application: string, text: string) =>
      design.importParticipants(deps, caller, application, text),
    exportAuthorities: (application: string) => exportAuthorities(deps, application),
    importAuthorities: (caller: Caller, application: string, text: string, knownLogins: KnownLogins) =>
      importAuthorities(deps, caller, application, text, knownLogins),
    importTranslationTable: (caller: Caller, application: string, table: string, text: string) =>
      design.importTranslationTable(deps, caller, application, table, text),
    exportTemplate: (caller: Caller, application: string) => design.exportTemplate(deps, caller, application),
    importTemplate: (caller: Caller, application: string, text: string) =>
      design.importTemplate(deps, caller, application, text),

    listEditions: (application: string) => listEditions(deps, application),
    createEdition: (caller: Caller, request: { application: string; key: string; source?: string }) =>
      createEdition(deps, caller, request),
    /** Its values become the public edition's. */
    clearEdition: (caller: Caller, application: string, key: string) =>
      clearEdition(deps, caller, application, key),
    discardEdition: (caller: Caller, application: string, key: string) =>
      discardEdition(deps, caller, application, key),
    publishEdition: (caller: Caller, request: Parameters<typeof editions.publishEdition>[2]) =>
      editions.publishEdition(deps, caller, request),
    compressEditions: (caller: Caller, application: string) =>
      editions.compressEditions(deps, caller, application),
    compressLedgerLines: (caller: Caller, request: { application: string; edition: string }) =>
      editions.compressLedgerLines(deps, caller, request),
    deleteHistory: (caller: Caller, request: { application: string; edition: string }) =>
      editions.deleteHistory(deps, caller, request),
    intakeToProcess: (caller: Caller, request: Parameters<typeof editions.intakeToProcess>[2]) =>
      editions.intakeToProcess(deps, caller, request),
    /** Whether garbage is left. */
    sweepGarbage: (caller: Caller, limit: number) => sweepGarbage(database, caller, limit),
    backupApplication: (caller: Caller, application: string) => backupApplication(deps, caller, application),
  };
}
