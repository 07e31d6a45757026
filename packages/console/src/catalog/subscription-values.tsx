import { Button, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Offer, type Subscription, subscriptionsPath } from '../api/catalog.ts';
import { ApiError, type Page, request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { ParameterInput, startValues } from './parameter-input.tsx';

type Props = { subscription: Subscription; offer: Offer; editable: boolean };

/** What a subscription is set to; its customer changes it, or goes over to a compatible service. */
export function SubscriptionValues({ subscription, offer, editable }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { key, parameters, referenceId = '', state } = subscription;
  const [values, setValues] = useState(() => ({ ...startValues(offer.parameters), ...parameters }));
  const [reference, setReference] = useState(referenceId);
  const changeable = editable && state === 'ACTIVE';
  const saving = useMutation({
    mutationFn: () =>
      request<Subscription>('PATCH', `${subscriptionsPath}/${key}`, {
        body: {
          parameters: changed(offer, values, parameters),
          ...(reference !== referenceId && { referenceId: reference === '' ? null : reference }),
        },
      }),
    async onSuccess() {
      tell(t('sub.changed'));
      await queries.invalidateQueries({ queryKey: [subscriptionsPath] });
    },
  });
  const faults = saving.error instanceof ApiError ? saving.error.faults : [];

  return (
    <Stack maw={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack>
          {offer.parameters.length === 0 && <Text>{t('catalog.noParameters')}</Text>}
          {offer.parameters.map((parameter) => (
            <ParameterInput
              key={parameter.id}
              parameter={parameter}
              value={values[parameter.id] ?? ''}
              onChange={(value) => setValues({ ...values, [parameter.id]: value })}
              error={faults.find(({ pointer }) => pointer === `/parameters/${parameter.id}`)?.detail}
              locked={!changeable || parameter.oneTime}
            />
          ))}
          <TextInput
            label={t('subscribe.reference')}
            value={reference}
            disabled={!changeable}
            onChange={({ currentTarget }) => setReference(currentTarget.value)}
          />
          {saving.error && <Problem error={saving.error} />}
          {editable && (
            <Group>
              <Button type="submit" loading={saving.isPending} disabled={!changeable}>
                {t('sub.saveValues')}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {editable && <Upgrade subscription={subscription} />}
    </Stack>
  );
}

type Target = { id: string; title: string };

function Upgrade({ subscription: { key, id, service: now } }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = `${subscriptionsPath}/${key}/upgrades`;
  const targets = useQuery({
    queryKey: [path, now],
    queryFn: ({ signal }) => request<Page<Target>>('GET', path, { signal }),
  });
  const items = targets.data?.items ?? [];
  const [chosen, setChosen] = useState<string>();
  const service = chosen ?? items[0]?.id ?? '';
  const [asking, setAsking] = useState(false);
  const upgrading = useMutation({
    mutationFn: () => request('POST', `${subscriptionsPath}/${key}/upgrade`, { body: { service } }),
    async onSuccess() {
      setAsking(false);
      tell(t('sub.upgraded', { service }));
      await queries.invalidateQueries();
    },
  });
  if (items.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h4">
        {t('sub.upgrade')}
      </Title>
      <Text size="sm">{t('sub.upgradeHint')}</Text>
      <Group align="flex-end" mt="xs">
        <NativeSelect
          label={t('sub.upgradeTo')}
          value={service}
          data={items.map((one) => ({ value: one.id, label: one.title }))}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        />
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('sub.upgradeButton')}
        </Button>
      </Group>
      <Confirm
        opened={asking}
        onClose={() => {
          setAsking(false);
          upgrading.reset();
        }}
        onConfirm={() => upgrading.mutate()}
        title={t('sub.upgrade')}
        text={t('sub.upgradeAsk', { id, service })}
        button={t('sub.upgradeButton')}
        running={upgrading.isPending}
        error={upgrading.error}
      />
    </section>
  );
}

/** The values that were changed; a password left empty stays. */
function changed(
  offer: Offer,
  values: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    offer.parameters.flatMap(({ id, configurable, oneTime, value: standard = '', valueType }) => {
      const value = values[id] ?? '';
      const same = value === (before[id] ?? standard) || (valueType === 'PWD' && value === '');
      return configurable && !oneTime && !same ? [[id, value]] : [];
    }),
  );
}
