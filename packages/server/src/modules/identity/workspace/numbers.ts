import type { AppError } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import { firstGivenNumber } from '../store/maintenance.ts';
import type { Renumbering } from '../store/workspace.ts';

type Known = { number: number; key: string; removed: boolean };
type Wanted = { key: string; number: number | undefined; place: string };

export type Numbering = {
  /** The number of each wanted object. */
  numbers: Map<string, number>;
  renumberings: Renumbering[];
  faults: AppError[];
};

/**
 * Which number each object of the file has: its own, the one the file gives, or a new one. A number is never used for
 * a second object. A number that was given out may be replaced by one of the file; one of the file is for ever.
 */
export function numberObjects(known: readonly Known[], wanted: readonly Wanted[]): Numbering {
  const owners = new Map(known.map((object) => [object.number, object]));
  const current = new Map(known.filter(({ removed }) => !removed).map((object) => [object.key, object]));
  const claimed = new Map<number, string>();
  const result: Numbering = { numbers: new Map(), renumberings: [], faults: [] };
  let next = firstGivenNumber;
  for (const { number } of [...known, ...wanted])
    if (number !== undefined && number >= next) next = number + 1;

  for (const { key, number, place } of wanted) {
    const now = current.get(key)?.number;
    if (number === undefined || number === now) {
      result.numbers.set(key, now ?? next++);
      continue;
    }
    const owner = owners.get(number);
    const other =
      claimed.get(number) ?? (owner && !(owner.removed && owner.key === key) ? owner.key : undefined);
    if (other !== undefined) {
      result.faults.push(errors.numberTaken({ number, owner: other }, place));
    } else if (now !== undefined && (now < firstGivenNumber || owner !== undefined)) {
      result.faults.push(errors.numberFixed({ number: now }, place));
    } else {
      if (now !== undefined) result.renumberings.push({ from: now, to: number });
      result.numbers.set(key, number);
      claimed.set(number, key);
    }
  }
  return result;
}
