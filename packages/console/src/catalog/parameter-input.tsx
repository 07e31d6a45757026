import { Checkbox, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OfferParameter } from '../api/catalog.ts';

const dayMs = 86_400_000n;

/** One parameter of a service as an input; `value` is the text that the API takes, '' for none. */
export function ParameterInput({
  parameter,
  value,
  onChange,
  error,
  locked = false,
}: {
  parameter: OfferParameter;
  value: string;
  onChange(value: string): void;
  error?: string | undefined;
  /** It may not be changed (any more). */
  locked?: boolean;
}) {
  const { t } = useTranslation();
  const { label, valueType, mandatory, options, isSet } = parameter;
  const disabled = locked || !parameter.configurable;
  const shared = {
    label,
    error,
    disabled,
    description: useHint(parameter),
    withAsterisk: mandatory,
    value,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  };
  switch (valueType) {
    case 'BOOLEAN':
      return (
        <Checkbox
          label={label}
          description={shared.description}
          error={error}
          disabled={disabled}
          checked={value === 'true'}
          onChange={({ currentTarget }) => onChange(String(currentTarget.checked))}
        />
      );
    case 'ENUMERATION':
      return (
        <NativeSelect
          {...shared}
          data={[
            ...(mandatory && value !== '' ? [] : [{ value: '', label: t('subscribe.choose') }]),
            ...options.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      );
    case 'PWD':
      return (
        <PasswordInput
          {...shared}
          autoComplete="new-password"
          {...(isSet && { placeholder: t('subscribe.secretSet') })}
        />
      );
    case 'DURATION':
      return (
        <TextInput
          {...shared}
          inputMode="numeric"
          value={daysOf(value)}
          onChange={({ currentTarget }) => onChange(msOf(currentTarget.value))}
        />
      );
    case 'INTEGER':
    case 'LONG':
      return <TextInput {...shared} inputMode="numeric" />;
    default:
      return <TextInput {...shared} />;
  }
}

function useHint({ valueType, minValue, maxValue, configurable, oneTime }: OfferParameter): string {
  const { t } = useTranslation();
  const hints: string[] = [];
  if (valueType === 'DURATION') hints.push(t('subscribe.days'));
  if (minValue !== undefined && maxValue !== undefined) {
    hints.push(t('subscribe.range', { min: minValue, max: maxValue }));
  } else if (minValue !== undefined) hints.push(t('subscribe.atLeast', { min: minValue }));
  else if (maxValue !== undefined) hints.push(t('subscribe.atMost', { max: maxValue }));
  if (!configurable) hints.push(t('subscribe.fixed'));
  else if (oneTime) hints.push(t('subscribe.oneTime'));
  return hints.join(' · ');
}

/** Milliseconds as whole days; text that is none stays, so that the server can say what is wrong with it. */
function daysOf(value: string): string {
  return /^\d+$/.test(value) && BigInt(value) % dayMs === 0n ? String(BigInt(value) / dayMs) : value;
}

function msOf(days: string): string {
  return /^\d+$/.test(days) ? String(BigInt(days) * dayMs) : days;
}

/** What is wrong with a value, as far as its definition tells; the server has the last word. */
export function isMissing({ mandatory, configurable, isSet }: OfferParameter, value: string): boolean {
  return configurable && mandatory && value.trim() === '' && isSet !== true;
}

/** Whether a number lies outside its limits, or is none. */
export function isOutside({ valueType, minValue, maxValue }: OfferParameter, value: string): boolean {
  if (value === '' || (valueType !== 'INTEGER' && valueType !== 'LONG')) return false;
  if (!/^[+-]?\d{1,19}$/.test(value)) return true;
  const number = BigInt(value);
  return (
    (minValue !== undefined && number < BigInt(minValue)) ||
    (maxValue !== undefined && number > BigInt(maxValue))
  );
}

/** What the inputs begin with: what holds unless the customer chooses. */
export function startValues(parameters: readonly OfferParameter[]): Record<string, string> {
  return Object.fromEntries(parameters.map(({ id, value = '' }) => [id, value]));
}
