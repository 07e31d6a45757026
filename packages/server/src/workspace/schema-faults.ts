import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Errors } from 'typebox/schema';
import { Settings } from 'typebox/system';
import { type AppError, pointerStep } from '../platform/errors.ts';
import { errors } from './errors.ts';
import { pointerSteps } from './located.ts';
import { describeError, schemaAt } from './schema-sentences.ts';

/**
 * Errors that typebox may collect (its own limit is 8). Unions report every branch: with 14 types of fields this is
 * some 3,000 mistakes in fields, found in 1.6 s; those beyond are reported when these are mended.
 */
const maxErrors = 100_000;

/**
 * All mistakes of a value against a schema, each at its JSON pointer: an unknown key at the key, a missing key at
 * the map that lacks it. For values that a check refused: this is far slower. Of a union only the branch that the value was meant to be is reported.
 */
export function schemaFaults(schema: TSchema, value: unknown): AppError[] {
  const before = Settings.Get().maxErrors;
  Settings.Set({ maxErrors });
  try {
    const [, found] = Errors(schema, value);
    // the last union was cut off before its own error
    if (found.length >= maxErrors) while (found.at(-1)?.schemaPath.includes('/anyOf/')) found.pop();
    const told = found.filter((error) => !repeatsUnknownKey(error));
    const faults = resolveUnions(told).flatMap((error) =>
      describeError(error, valueAt(value, error.instancePath), schemaAt(schema, error.schemaPath)),
    );
    return faults.length > 0 ? faults : [errors.noForm()];
  } finally {
    Settings.Set({ maxErrors: before });
  }
}

type Failure = TLocalizedValidationError;

/** Unknown keys are reported twice: by `additionalProperties`, and each as a value for which the schema is false. */
function repeatsUnknownKey({ keyword, schemaPath }: Failure): boolean {
  return keyword === 'boolean' && schemaPath.endsWith('/additionalProperties');
}

/** Replaces the errors of each union's branches by those of the branch that was meant. */
function resolveUnions(found: readonly Failure[]): Failure[] {
  // a union's own error comes right after those of its branches, so the outermost is found from the end
  const kept: Failure[] = [];
  for (let last = found.length - 1; last >= 0; last--) {
    const error = found[last]!;
    if (error.keyword !== 'anyOf') {
      kept.push(error);
      continue;
    }
    const end = last;
    while (last > 0 && belongsTo(found[last - 1]!, error)) last--;
    kept.push(...meantBranch(error, found.slice(last, end)).reverse());
  }
  return kept.reverse();
}

function belongsTo(error: Failure, union: Failure): boolean {
  return (
    error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`) &&
    isWithin(error.instancePath, union.instancePath)
  );
}

/** Whether a JSON pointer is the other one or leads further into it. */
export function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}

function meantBranch(union: Failure, inside: readonly Failure[]): Failure[] {
  const byBranch = new Map<string, Failure[]>();
  for (const error of inside) {
    const branch = branchOf(error.schemaPath, union);
    byBranch.set(branch, [...(byBranch.get(branch) ?? []), error]);
  }
  const branches = [...byBranch.values()];
  const shaped = branches.filter(
    (failures) => !failures.some((error) => isMisfit(error, union.instancePath)),
  );
  // none has the value's type: one error says all that is allowed
  if (shaped.length === 0) return [union];
  const tags = shaped.map((failures) => failures.find((error) => isTag(error, union.instancePath)));
  const [tag] = tags;
  if (tag !== undefined && tags.every((one) => one?.instancePath === tag.instancePath)) {
    const allowedValues = tags.flatMap((one) => (one === undefined ? [] : allowedBy(one)));
    return [{ ...tag, keyword: 'enum', params: { allowedValues } } as Failure];
  }
  const meant = shaped.filter((_, index) => tags[index] === undefined);
  const lacking = missingInAll(union, meant);
  if (meant.length > 1 && lacking !== undefined) return [lacking];
  // the keys of the value itself tell more than mistakes further in
  const own = (failures: readonly Failure[]) =>
    weight(failures.filter(({ instancePath }) => instancePath === union.instancePath));
  const [best] = meant.sort((a, b) => own(a) - own(b) || weight(a) - weight(b));
  return resolveUnions(best!);
}

function branchOf(schemaPath: string, union: Failure): string {
  return schemaPath.slice(`${union.schemaPath}/anyOf/`.length).split('/', 1)[0]!;
}

/** The value is of another type than this branch, or not its constant. */
function isMisfit({ keyword, instancePath }: Failure, place: string): boolean {
  return instancePath === place && (keyword === 'type' || keyword === 'const' || keyword === 'enum');
}

/** A key directly in the value that is the constant of another branch, as `type: text` among the field types. */
function isTag({ keyword, instancePath }: Failure, place: string): boolean {
  const below = instancePath.slice(place.length);
  return keyword === 'const' && below.lastIndexOf('/') === 0;
}

function allowedBy(error: Failure): unknown[] {
  return error.keyword === 'const' ? [error.params.allowedValue] : [];
}

/** The key that every branch asks for and the value lacks: without it nobody knows which branch is meant. */
function missingInAll(union: Failure, branches: readonly Failure[][]): Failure | undefined {
  const lists = branches.map((failures) =>
    failures.flatMap((error) =>
      error.keyword === 'required' && error.instancePath === union.instancePath
        ? error.params.requiredProperties
        : [],
    ),
  );
  const requiredProperties = (lists[0] ?? []).filter((key) => lists.every((list) => list.includes(key)));
  if (requiredProperties.length === 0) return undefined;
  return { ...union, keyword: 'required', params: { requiredProperties } } as Failure;
}

function weight(failures: readonly Failure[]): number {
  return failures.reduce((sum, error) => {
    if (error.keyword === 'required') return sum + error.params.requiredProperties.length;
    if (error.keyword === 'additionalProperties') return sum + error.params.additionalProperties.length;
    return sum + 1;
  }, 0);
}

function valueAt(value: unknown, pointer: string): unknown {
  return pointerSteps(pointer).reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<string, unknown>)[step]
        : undefined,
    value,
  );
}

/** The pointer of what holds the value at `pointer`; the whole is held by itself. */
export function parentPointer(pointer: string): string {
  return pointerSteps(pointer).slice(0, -1).map(pointerStep).join('');
}
