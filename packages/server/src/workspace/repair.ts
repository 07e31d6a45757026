import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';
import { pointerSteps } from './located.ts';

const rounds = 50;

/**
 * A copy of a faulty value that the schema allows: wrong values replaced, unknown keys dropped, and what cannot be
 * replaced (a text that has to have a certain form) left out with as little around it as possible. Undefined where
 * that does not lead to anything.
 */
export function repaired(schema: TSchema, faulty: unknown): unknown {
  let value: unknown = structuredClone(faulty);
  const seen = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    try {
      return Value.Repair(schema, value);
    } catch (error) {
      const { cause } = error as { cause?: { errors: TLocalizedValidationError[]; value: unknown } };
      if (cause === undefined) throw error;
      value = cause.value;
      for (const { instancePath, keyword, params } of cause.errors) {
        const [stand] = keyword === 'enum' ? (params as { allowedValues: unknown[] }).allowedValues : [];
        put(value, instancePath, stand, seen);
      }
    }
  }
  return undefined;
}

/** Sets the value at a pointer; without one it is taken out, and where it came back its surroundings are. */
function put(root: unknown, pointer: string, stand: unknown, seen: Set<string>): void {
  const steps = pointerSteps(pointer);
  while (stand === undefined && seen.has(steps.join('\n')) && steps.length > 1) steps.pop();
  seen.add(steps.join('\n'));
  const last = steps.pop();
  // biome-ignore lint/suspicious/noExplicitAny: a walk through JSON
  let holder: any = root;
  for (const step of steps) holder = holder?.[step];
  if (last === undefined || typeof holder !== 'object' || holder === null) return;
  if (stand !== undefined) holder[last] = stand;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
}
