import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { type CsvStyle, exportValues, type FormRequest } from './export-values.ts';
import { type ImportOutcome, type ImportRequest, importValues } from './import-values.ts';
import { createApplications } from './store/application.ts';
import { createWebTokens } from './web-tokens.ts';
import { createPlanningSection } from './workspace-section.ts';

export type { Pov } from './rules/form-view.ts';

export type { CsvStyle, FormRequest, ImportOutcome, ImportRequest };

export type Planning = ReturnType<typeof createPlanning>;

/** Ledgers of planning figures: what the fusion_place Web-API, the console and SQL work on. */
export function createPlanning({ database }: { database: Database }) {
  const applications = createApplications();
  const deps = { database, applications };
  const section: WorkspaceSection = createPlanningSection();
  return {
    section,
    /** What clients of the Web-API sign in with. */
    webTokens: createWebTokens(database),
    importValues: (caller: Caller, request: ImportRequest, contents: AsyncIterable<string>, locale: Locale) =>
      importValues(deps, caller, request, contents, locale),
    exportValues: (caller: Caller, request: FormRequest, style: CsvStyle) =>
      exportValues(deps, caller, request, style),
  };
}
