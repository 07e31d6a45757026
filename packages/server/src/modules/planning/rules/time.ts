/**
 * The period table: twelve months under quarters, halves and the year, and one view per unit (fusion_place §4.3).
 * Periods and views are the same in every application, so their ids are constants: a month's is its number.
 */
export type PeriodUnit = 'M' | 'Q' | 'H' | 'Y';

export type Period = {
  id: number;
  label: string;
  unit: PeriodUnit;
  sequence: number;
  /** First and last month, 1 to 12. */
  from: number;
  to: number;
};

const unitLengths: readonly [PeriodUnit, number][] = [
  ['M', 1],
  ['Q', 3],
  ['H', 6],
  ['Y', 12],
];

export const months = 12;

export const periods: readonly Period[] = unitLengths
  .flatMap(([unit, length]) =>
    Array.from({ length: months / length }, (_, index) => ({
      label: unit === 'Y' ? 'Y' : `${unit}${index + 1}`,
      unit,
      sequence: index + 1,
      from: index * length + 1,
      to: (index + 1) * length,
    })),
  )
  .map((period, index) => ({ ...period, id: index + 1 }));

export const views: readonly { id: number; label: PeriodUnit; length: number }[] = unitLengths.map(
  ([label, length], index) => ({ id: index + 1, label, length }),
);

/** The view in which values are entered. */
export const assuredView = 1;

const periodsById = new Map(periods.map((period) => [period.id, period]));

export function periodOf(id: number): Period {
  const period = periodsById.get(id);
  if (!period) throw new Error(`there is no period with the id ${id}`);
  return period;
}

/** The next larger period around a period, or undefined for the year. */
export function parentPeriod(period: Period): Period | undefined {
  const wider = unitLengths[unitLengths.findIndex(([unit]) => unit === period.unit) + 1];
  return (
    wider && periods.find(({ unit, from, to }) => unit === wider[0] && from <= period.from && period.to <= to)
  );
}

/**
 * The months that a view shows at a period: from the start of the view's unit around the end of the period (at
 * latest the start of the period) to the end of the period. A balance is the value at the end.
 */
export function span(viewId: number, period: Period): { from: number; to: number } {
  const length = views[viewId - 1]!.length;
  const unitStart = period.to - ((period.to - 1) % length);
  return { from: Math.min(unitStart, period.from), to: period.to };
}
