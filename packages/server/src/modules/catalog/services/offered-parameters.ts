import { AppError, pointerStep } from '../../../platform/errors.ts';
import { type Definition, type Parameter, platformParametersOf } from '../definition/model.ts';
import { errors } from '../errors.ts';
import { checkValue } from '../rules/parameter-values.ts';
import type { ServiceParameter } from './model.ts';
import type { ServiceInput } from './schema.ts';

/** What a supplier may set: the configurable definitions and the platform's own parameters (oscm §2.6). */
export function offerableParameters(definition: Definition): readonly Parameter[] {
  return [
    ...definition.parameters.filter(({ configurable }) => configurable),
    ...platformParametersOf(definition.accessType),
  ];
}

/** The parameters of a service as they were given, each value checked against its definition. */
export function readOfferedParameters(
  input: ServiceInput['parameters'],
  definition: Definition,
  place: string,
): { parameters: Record<string, ServiceParameter>; faults: AppError[] } {
  const faults: AppError[] = [];
  const parameters: Record<string, ServiceParameter> = {};
  const offerable = new Map(offerableParameters(definition).map((parameter) => [parameter.id, parameter]));
  for (const [id, { value, configurableByCustomer = false }] of Object.entries(input ?? {})) {
    const at = `${place}${pointerStep(id)}`;
    const parameter = offerable.get(id);
    if (parameter === undefined) {
      const hidden = definition.parameters.some((known) => known.id === id);
      const known = [...offerable.keys()].join(', ');
      faults.push(hidden ? errors.notConfigurable({ id }, at) : errors.unknownParameter({ id, known }, at));
      continue;
    }
    // a mandatory one may stay open here: the customer gives it while subscribing
    const optional = { ...parameter, mandatory: false };
    const checked = value === undefined ? undefined : checkValue(optional, String(value), `${at}/value`);
    if (checked instanceof AppError) faults.push(checked);
    else parameters[id] = { ...(checked !== undefined && { value: checked }), configurableByCustomer };
  }
  return { parameters, faults };
}
