import { Checkbox, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Period } from '../api/catalog.ts';
import { type Definition, optionKey, type ServiceDraft } from './service-draft.ts';
import { inLanguage } from './service-form.tsx';

type Props = {
  definition: Definition;
  draft: ServiceDraft;
  set(change: Partial<ServiceDraft>): void;
  faultAt(pointer: string): string | undefined;
};

const periods: readonly Period[] = ['month', 'week', 'day', 'hour'];

/** What a service costs, as far as single prices go. */
export function PricesInput({ definition, draft, set, faultAt }: Props) {
  const { t } = useTranslation();
  const amount = (
    key: 'oneTime' | 'recurring' | 'perUser' | 'freePeriod',
    label: string,
    pointer: string,
  ) => (
    <TextInput
      label={label}
      inputMode="decimal"
      value={draft[key]}
      error={faultAt(pointer)}
      onChange={({ currentTarget }) => set({ [key]: currentTarget.value.trim() })}
    />
  );
  const period = (key: 'recurringPeriod' | 'perUserPeriod' | 'parameterPeriod', of: string) => (
    <NativeSelect
      label={t('sell.period')}
      aria-label={`${of}: ${t('sell.period')}`}
      value={draft[key]}
      data={periods.map((one) => ({ value: one, label: t(`price.period.${one}`) }))}
      onChange={({ currentTarget }) => set({ [key]: currentTarget.value as Period })}
    />
  );

  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {t('catalog.prices')}
      </Title>
      <Stack gap="xs">
        <Checkbox
          label={t('sell.priced')}
          checked={draft.priced}
          onChange={({ currentTarget }) => set({ priced: currentTarget.checked })}
        />
        {draft.priced && (
          <>
            <Group align="flex-start">
              <TextInput
                label={t('sell.currency')}
                value={draft.currency}
                maxLength={3}
                w={90}
                error={faultAt('/prices/currency')}
                onChange={({ currentTarget }) => set({ currency: currentTarget.value })}
              />
              {amount('oneTime', t('sell.oneTime'), '/prices/oneTime')}
              {amount('freePeriod', t('sell.freePeriod'), '/prices/freePeriod')}
              <NativeSelect
                label={t('sell.priceType')}
                value={draft.type}
                data={(['PRO_RATA', 'PER_UNIT'] as const).map((one) => ({
                  value: one,
                  label: t(`price.${one}`),
                }))}
                onChange={({ currentTarget }) => set({ type: currentTarget.value as ServiceDraft['type'] })}
              />
            </Group>
            <Group align="flex-start">
              {amount('recurring', t('sell.recurring'), '/prices/recurring/amount')}
              {period('recurringPeriod', t('sell.recurring'))}
              {amount('perUser', t('sell.perUser'), '/prices/perUser/amount')}
              {period('perUserPeriod', t('sell.perUser'))}
            </Group>
            <ParameterPrices {...{ definition, draft, set, faultAt }} />
            <EventPrices {...{ definition, draft, set, faultAt }} />
          </>
        )}
      </Stack>
    </section>
  );
}

function ParameterPrices({ definition, draft, set, faultAt }: Props) {
  const { t } = useTranslation();
  const counted = definition.parameters.filter(({ valueType }) =>
    ['INTEGER', 'LONG', 'BOOLEAN'].includes(valueType),
  );
  const chosen = definition.parameters.filter(({ options }) => options.length > 0);
  if (counted.length + chosen.length === 0) return null;
  return (
    <Group align="flex-start">
      {counted.map(({ id, descriptions }) => (
        <TextInput
          key={id}
          label={t('sell.parameterPrice', { label: inLanguage(descriptions) ?? id })}
          inputMode="decimal"
          value={draft.parameterPrices[id] ?? ''}
          error={faultAt(`/prices/parameters/${id}/amount`)}
          onChange={({ currentTarget }) =>
            set({ parameterPrices: { ...draft.parameterPrices, [id]: currentTarget.value.trim() } })
          }
        />
      ))}
      {chosen.flatMap(({ id, descriptions, options }) =>
        options.map((option) => {
          const key = optionKey(id, option.id);
          const words = {
            label: inLanguage(descriptions) ?? id,
            option: inLanguage(option.names) ?? option.id,
          };
          return (
            <TextInput
              key={key}
              label={t('sell.optionPrice', words)}
              inputMode="decimal"
              value={draft.optionPrices[key] ?? ''}
              error={faultAt(`/prices/parameters/${id}/options/${option.id}/amount`)}
              onChange={({ currentTarget }) =>
                set({ optionPrices: { ...draft.optionPrices, [key]: currentTarget.value.trim() } })
              }
            />
          );
        }),
      )}
      <NativeSelect
        label={t('sell.period')}
        aria-label={`${t('catalog.parameters')}: ${t('sell.period')}`}
        value={draft.parameterPeriod}
        data={periods.map((one) => ({ value: one, label: t(`price.period.${one}`) }))}
        onChange={({ currentTarget }) => set({ parameterPeriod: currentTarget.value as Period })}
      />
    </Group>
  );
}

function EventPrices({ definition, draft, set, faultAt }: Props) {
  const { t } = useTranslation();
  return (
    <Group align="flex-start">
      {definition.events.map(({ id, descriptions }) => (
        <TextInput
          key={id}
          label={t('sell.eventPrice', { event: inLanguage(descriptions) ?? id })}
          inputMode="decimal"
          value={draft.events[id] ?? ''}
          error={faultAt(`/prices/events/${id}`)}
          onChange={({ currentTarget }) =>
            set({ events: { ...draft.events, [id]: currentTarget.value.trim() } })
          }
        />
      ))}
    </Group>
  );
}
