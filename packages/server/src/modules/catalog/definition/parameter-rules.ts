import { isInteger, isLong, toBigInt } from '../rules/integers.ts';
import {
  checkDistinct,
  childrenOf,
  descriptionsOf,
  localeOf,
  placeOf,
  type Report,
  textsOf,
} from './element.ts';
import { type Allowed, faults } from './faults.ts';
import type { DefinitionDialect, Option, Parameter, ValueType } from './model.ts';
import type { DefinitionElement } from './structure.ts';
import { long, readBoolean } from './value-types.ts';

const typeChecks: Partial<Record<ValueType, { accepts(value: string): boolean; allowed: Allowed }>> = {
  BOOLEAN: {
    accepts: (value) => value === 'true' || value === 'false',
    allowed: { ja: 'true, false', en: 'true, false' },
  },
  INTEGER: {
    accepts: isInteger,
    allowed: { ja: '-2147483648～2147483647の整数', en: 'an integer from -2147483648 to 2147483647' },
  },
  LONG: { accepts: isLong, allowed: long.allowed },
};

/** A parameter out of its ParameterDefinition (oscm §1.4 fact 25, §2.4 rules 14 to 19). */
export function readParameter(
  element: DefinitionElement,
  dialect: DefinitionDialect,
  report: Report,
): Parameter {
  const { attributes } = element;
  const valueType = attributes.valueType as ValueType;
  const standard = attributes.default?.trim() ? attributes.default : undefined;
  const minValue = attributes.minValue?.trim();
  const maxValue = attributes.maxValue?.trim();
  const fits = checkTypes(element, valueType, { default: standard, minValue, maxValue }, report);
  if (fits && (valueType === 'INTEGER' || valueType === 'LONG')) {
    checkRange(element, standard, minValue, maxValue, report);
  }
  const configurable = readBoolean(attributes.configurable, dialect === 'v1.9');
  // only where it is written: the seed lets a parameter with neither attribute stand (§1.4 facts 25, 26)
  if (attributes.configurable !== undefined && !configurable && standard === undefined) {
    report(faults.defaultRequired(placeOf(element, 'default')));
  }
  const options = readOptions(element, valueType, standard, report);
  return {
    id: attributes.id ?? '',
    valueType,
    mandatory: readBoolean(attributes.mandatory, false),
    configurable,
    modificationType: attributes.modificationType === 'ONE_TIME' ? 'ONE_TIME' : 'STANDARD',
    ...(standard !== undefined && { default: standard }),
    ...(minValue !== undefined && { minValue: minValue.replace(/^\+/, '') }),
    ...(maxValue !== undefined && { maxValue: maxValue.replace(/^\+/, '') }),
    descriptions: descriptionsOf(element),
    options,
  };
}

/** Default and bounds must be values of the type (rule 14). */
function checkTypes(
  element: DefinitionElement,
  valueType: ValueType,
  values: Record<string, string | undefined>,
  report: Report,
): boolean {
  const check = typeChecks[valueType];
  let fits = true;
  for (const [attribute, value] of Object.entries(values)) {
    if (check === undefined || value === undefined || check.accepts(value)) continue;
    fits = false;
    report(faults.valueOfType(placeOf(element, attribute), value, valueType, check.allowed));
  }
  return fits;
}

/** The default lies between the bounds that are given (rule 17). */
function checkRange(
  element: DefinitionElement,
  standard: string | undefined,
  minValue: string | undefined,
  maxValue: string | undefined,
  report: Report,
): void {
  if (standard === undefined) return;
  const value = toBigInt(standard);
  const low = minValue !== undefined && value < toBigInt(minValue);
  const high = maxValue !== undefined && value > toBigInt(maxValue);
  if (!low && !high) return;
  const range = { ja: `${minValue ?? ''}～${maxValue ?? ''}`, en: `${minValue ?? ''} to ${maxValue ?? ''}` };
  report(faults.range(placeOf(element, 'default'), standard, range));
}

function readOptions(
  element: DefinitionElement,
  valueType: ValueType,
  standard: string | undefined,
  report: Report,
): Option[] {
  const [list] = childrenOf(element, 'Options');
  if (list === undefined) return [];
  if (valueType !== 'ENUMERATION') {
    if (!element.faulty.has('valueType')) report(faults.optionsOfType(placeOf(list), valueType));
    return [];
  }
  checkDistinct(list, ['Option'], report);
  const options = childrenOf(list, 'Option').map((option) => {
    const locales = new Set<string>();
    for (const text of childrenOf(option, 'LocalizedOption')) {
      const locale = localeOf(text);
      if (locales.has(locale)) report(faults.duplicate(placeOf(text, 'locale'), locale, 'Option'));
      locales.add(locale);
    }
    return { id: option.attributes.id ?? '', names: textsOf(option, 'LocalizedOption') };
  });
  const ids = options.map(({ id }) => id);
  if (standard !== undefined && !ids.includes(standard)) {
    report(faults.defaultOption(placeOf(element, 'default'), standard, ids));
  }
  return options;
}
