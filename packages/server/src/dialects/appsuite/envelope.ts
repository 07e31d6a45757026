import type { AppError, Locale } from '../../platform/errors.ts';

/** The API's way of saying no, over HTTP 200 (appsuite §2.3). */
export type Refusal = { status: 'ng'; errorno: number; errormessage: string; errmsgadd: string };

/** Numbers that are known from the product (110, 10008, 10) and, where nothing is known, our own beside them. */
const numbers: Readonly<Record<string, number>> = {
  'appsuite.noData': 110,
  'records.recordNotFound': 110,
  'records.forbidden': 10008,
  'records.stale': 10409,
};
const byKind: Partial<Record<AppError['kind'], number>> = { forbidden: 10008, internal: 10500 };
const other = 10;

/** Where the faults of a save stand: below it comes the part (and, in a table, row and column). */
export const partsPlace = '/parts';

function partOf({ place, params }: AppError): string | number | undefined {
  const step = place?.startsWith(`${partsPlace}/`) ? place.split('/')[2]! : undefined;
  return step?.replaceAll('~1', '/').replaceAll('~0', '~') ?? params.field ?? params.part;
}

/** The refusal of an error: the first fault where there are several, with the part that caused it. */
export function refusalOf(error: AppError, locale: Locale): Refusal {
  const fault = error.errors[0] ?? error;
  const number = numbers[fault.code] ?? byKind[fault.kind] ?? other;
  const part = partOf(fault);
  return {
    status: 'ng',
    errorno: -number,
    errormessage: `W:${fault.text(locale)}[W${number}]`,
    errmsgadd: part === undefined ? '' : `{{${part}}}`,
  };
}
