import { type AppError, pointerStep } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import type { FormEntry } from '../workspace-schema.ts';
import type { Declaration } from './declaration.ts';
import type { KnownMembers } from './declaration-faults.ts';
import { formulaAccounts, parseFormula } from './formula.ts';
import { isSystemDimension, systemDimensions } from './model.ts';

/** Dimensions that have a member without being named: no movement, the monthly view (contract §7). */
export const defaultMembers: Readonly<Record<string, string>> = { '#CHANGE': '#NONE', '#VIEW': 'M' };

/** Fields of an import by label, in order. */
export function importFields(form: FormEntry): { field: string; translate?: string | undefined }[] {
  return (form.import?.fields ?? []).map((field) => (typeof field === 'string' ? { field } : field));
}

/** Rows of an export, in order; `members` where the form lists them. */
export function exportRows(form: FormEntry): { dimension: string; members?: readonly string[] }[] {
  return (form.export?.rows ?? []).map((row) => (typeof row === 'string' ? { dimension: row } : row));
}

/** What is wrong with a form: names that mean nothing, dimensions left open. */
export function formFaults(declaration: Declaration, form: FormEntry, known: KnownMembers): AppError[] {
  const place = `/forms${pointerStep(form.label)}`;
  const ledger = (declaration.ledgers ?? []).find(({ label }) => label === form.ledger);
  if (!ledger) return [errors.unknownLedger({ label: form.ledger }, `${place}/ledger`)];
  const custom = ledger.dimensions.filter((label) => !isSystemDimension(label));
  const dimensions = new Set<string>([...systemDimensions, ...custom]);
  const faults: AppError[] = [];

  const dimension = (label: string, at: string) => {
    if (!dimensions.has(label)) faults.push(errors.unknownDimension({ label }, `${place}${at}`));
  };
  const member = (of: string, label: string, at: string) => {
    if (dimensions.has(of) && !known.get(of)?.has(label))
      faults.push(errors.unknownMember({ dimension: of, label }, `${place}${at}`));
  };
  const covered = (labels: readonly string[], at: string) => {
    const fixed = [...(form.parameters ?? []), ...Object.keys(form.fixed ?? {}), ...labels];
    const seen = new Set([...fixed, ...Object.keys(defaultMembers)]);
    for (const label of dimensions) {
      if (!seen.has(label))
        faults.push(errors.uncovered({ form: form.label, dimension: label }, `${place}${at}`));
    }
  };

  for (const label of form.parameters ?? []) dimension(label, '/parameters');
  for (const [of, label] of Object.entries(form.fixed ?? {})) {
    dimension(of, `/fixed${pointerStep(of)}`);
    member(of, label, `/fixed${pointerStep(of)}`);
  }
  if (form.import) {
    const fields = importFields(form);
    for (const { field, translate } of fields) {
      if (field.startsWith('#')) dimension(field, '/import/fields');
      const tables = declaration.translationTables ?? [];
      if (translate !== undefined && !tables.some(({ label }) => label === translate))
        faults.push(errors.unknownTranslationTable({ label: translate }, `${place}/import/fields`));
    }
    const keys = fields.map(({ field }) => field);
    const values = form.import.values ?? [];
    for (const { label, fixed } of values) {
      covered([...keys, ...Object.keys(fixed)], `/import/values${pointerStep(label)}`);
      for (const [of, name] of Object.entries(fixed)) {
        dimension(of, `/import/values${pointerStep(label)}`);
        member(of, name, `/import/values${pointerStep(label)}`);
      }
    }
    if (values.length === 0) covered(keys, '/import');
  }
  if (form.export) {
    const rows = exportRows(form);
    for (const row of rows) {
      dimension(row.dimension, '/export/rows');
      for (const label of row.members ?? []) member(row.dimension, label, '/export/rows');
    }
    covered(
      rows.map((row) => row.dimension),
      '/export',
    );
  }
  const accounts = known.get('#ACCOUNT')!;
  (form.calculate ?? []).forEach(({ account, formula }, index) => {
    const at = `${place}/calculate/${index}`;
    if (accounts.get(account)?.leaf !== true)
      faults.push(errors.unknownMember({ dimension: '#ACCOUNT', label: account }, `${at}/account`));
    const parsed = parseFormula(formula);
    if ('reason' in parsed) {
      faults.push(errors.formula({ formula, reason: parsed.reason }, `${at}/formula`));
      return;
    }
    for (const label of formulaAccounts(parsed)) {
      if (!accounts.has(label))
        faults.push(errors.unknownMember({ dimension: '#ACCOUNT', label }, `${at}/formula`));
    }
  });
  return faults;
}
