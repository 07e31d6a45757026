import type { Caller } from '../../platform/caller.ts';
import type { App, AppField } from './app.ts';
import type { FieldDefinition } from './definition.ts';
import { accessOf } from './rules/access.ts';
import { targetOf } from './targets.ts';

export type DescribedField = FieldDefinition & { readOnly: boolean };

/**
 * The fields of an app that the caller may see, as declared, without the names of what he may not see: expressions over
 * hidden fields, and the app and field behind a reference (appsuite §3.6).
 */
export function describeFields(caller: Caller, app: App, apps: readonly App[]): DescribedField[] {
  const { hidden, readOnly } = accessOf(app, caller, app.lookups);
  return app.fields
    .filter((field) => !hidden.has(field))
    .map((field) => {
      const { expression, app: other, field: shown, ...declared } = field.declared;
      const target = targetOf(field, apps);
      const targetAccess = target && accessOf(target.app, caller, target.app.lookups);
      const open = target && targetAccess?.allows('view') && !targetAccess.hidden.has(target.field);
      return {
        ...declared,
        ...(expression !== undefined &&
          !usedFields(app, field).some((one) => hidden.has(one)) && { expression }),
        ...(open && { app: other, field: shown }),
        readOnly: readOnly.has(field),
      } as DescribedField;
    });
}

/** The fields that a formula is made of. */
function usedFields(app: App, formula: AppField): AppField[] {
  const used: AppField[] = [];
  app.formulas.get(formula)?.((field) => {
    used.push(field);
    return '';
  });
  return used;
}
