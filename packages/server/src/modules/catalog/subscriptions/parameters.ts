import { AppError, pointerStep } from '../../../platform/errors.ts';
import { type Definition, type Parameter, platformParametersOf } from '../definition/model.ts';
import { errors } from '../errors.ts';
import type { SoapParameter } from '../provisioning/messages.ts';
import { checkValue } from '../rules/parameter-values.ts';
import type { ServiceParameter } from '../services/model.ts';

/** Values by parameter; those of type PWD in clear. */
export type Values = Readonly<Record<string, string>>;

/** What a subscription of a service may have values for: all its supplier could set. */
function offered(definition: Definition): readonly Parameter[] {
  return [
    ...definition.parameters.filter(({ configurable }) => configurable),
    ...platformParametersOf(definition.accessType),
  ];
}

/**
 * The values of a subscription: what the customer gives (only where the supplier lets him), else what he had, else the
 * service's, else the definition's default (oscm §2.6). Mandatory ones must have a value in the end. `kept` are the
 * values of the subscription as it is; with it, ONE_TIME values may not be changed unless it is an upgrade.
 */
export function subscriptionValues(
  definition: Definition,
  service: Readonly<Record<string, ServiceParameter>>,
  given: Readonly<Record<string, string | number | boolean>>,
  kept: Values | undefined,
  isUpgrade = false,
): { values: Record<string, string>; faults: AppError[] } {
  const faults: AppError[] = [];
  const values: Record<string, string> = {};
  const parameters = offered(definition);
  const known = new Set(parameters.map(({ id }) => id));
  for (const id of Object.keys(given)) {
    const place = `/parameters${pointerStep(id)}`;
    const declared = definition.parameters.some((parameter) => parameter.id === id);
    if (known.has(id)) continue;
    faults.push(
      declared
        ? errors.notConfigurable({ id }, place)
        : errors.unknownParameter({ id, known: [...known].join(', ') }, place),
    );
  }
  for (const parameter of parameters) {
    const { id } = parameter;
    const place = `/parameters${pointerStep(id)}`;
    const standard = service[id]?.value ?? parameter.default;
    const open = service[id]?.configurableByCustomer === true;
    const before = kept?.[id];
    if (Object.hasOwn(given, id)) {
      const value = checkValue(parameter, String(given[id]), place);
      if (value instanceof AppError) faults.push(value);
      else if (value !== (before ?? standard)) {
        const oneTime = parameter.modificationType === 'ONE_TIME' && kept !== undefined && !isUpgrade;
        if (!open) faults.push(errors.notConfigurable({ id }, place));
        else if (oneTime) faults.push(errors.oneTime({ id }, place));
      }
      if (typeof value === 'string') values[id] = value;
      continue;
    }
    // an upgrade keeps what the customer chose where he may still choose it
    const value = (isUpgrade && !open ? standard : before) ?? standard;
    if (value !== undefined) values[id] = value;
    else if (parameter.mandatory) faults.push(errors.parameterRequired({ id }, place));
  }
  return { values, faults };
}

/** All parameters as the application gets them: the product's and the fixed ones (oscm §3.5, seed fact 27). */
export function applicationParameters(
  definition: Definition,
  values: Values,
  { withOneTime }: { withOneTime: boolean },
): SoapParameter[] {
  const own = definition.parameters.map((parameter) => ({
    parameter,
    value: parameter.configurable ? values[parameter.id] : parameter.default,
  }));
  const platform = platformParametersOf(definition.accessType)
    .filter(({ id }) => values[id] !== undefined)
    .map((parameter) => ({ parameter, value: values[parameter.id] }));
  return [...own, ...platform]
    .filter(({ parameter }) => withOneTime || parameter.modificationType !== 'ONE_TIME')
    .map(({ parameter, value }) => ({
      encrypted: parameter.valueType === 'PWD',
      parameterId: parameter.id,
      value,
    }));
}

export function passwordIds(definition: Definition): ReadonlySet<string> {
  return new Set(definition.parameters.filter(({ valueType }) => valueType === 'PWD').map(({ id }) => id));
}

export function withoutPasswords(definition: Definition, values: Values): Record<string, string> {
  const hidden = passwordIds(definition);
  return Object.fromEntries(Object.entries(values).filter(([id]) => !hidden.has(id)));
}
