import {
  Badge,
  Button,
  Card,
  Loader,
  NativeSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Offer, type Subscription, subscriptionsPath } from '../api/catalog.ts';
import { type Page, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { useLive } from '../live/use-live.ts';
import { instantText } from '../records/value-text.ts';
import { language } from '../text/language.ts';

type Operation = Offer['operations'][number];
type State = 'RUNNING' | 'COMPLETED' | 'ERROR';
type Run = {
  transactionId: string;
  operation: string;
  state: State;
  user: string;
  at: string;
  message?: Record<string, string>;
};
const colors: Record<State, string> = { RUNNING: 'blue', COMPLETED: 'green', ERROR: 'red' };

/** What the application can be asked to do, and what became of it. */
export function SubscriptionOperations({
  subscription,
  offer,
  usable,
}: {
  subscription: Subscription;
  offer: Offer;
  usable: boolean;
}) {
  const { t } = useTranslation();
  const { operations } = offer;
  return (
    <Stack>
      {operations.length === 0 && <Text>{t('sub.noOperations')}</Text>}
      {operations.map((operation) => (
        <OperationCard key={operation.id} subscription={subscription} operation={operation} usable={usable} />
      ))}
      {operations.length > 0 && <Runs subscription={subscription} operations={operations} />}
    </Stack>
  );
}

function OperationCard({
  subscription: { key },
  operation,
  usable,
}: {
  subscription: Subscription;
  operation: Operation;
  usable: boolean;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Card withBorder>
      <Stack gap="xs" align="flex-start">
        <Title order={2} size="h5">
          {operation.name}
        </Title>
        {operation.description !== undefined && <Text size="sm">{operation.description}</Text>}
        {usable && !open && (
          <Button
            size="xs"
            variant="default"
            aria-label={t('sub.runLabel', { operation: operation.name })}
            onClick={() => setOpen(true)}
          >
            {t('sub.run')}
          </Button>
        )}
        {open && <RunForm subscriptionKey={key} operation={operation} onClose={() => setOpen(false)} />}
      </Stack>
    </Card>
  );
}

type OperationParameter = { id: string; type: string; mandatory: boolean; values?: string[] };

function RunForm({
  subscriptionKey,
  operation,
  onClose,
}: {
  subscriptionKey: string;
  operation: Operation;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = `${subscriptionsPath}/${subscriptionKey}/operations/${encodeURIComponent(operation.id)}`;
  const [values, setValues] = useState<Record<string, string>>({});
  // the application may be asked for the choices
  const described = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => request<{ parameters: OperationParameter[] }>('GET', path, { signal }),
    retry: false,
    staleTime: 0,
  });
  const running = useMutation({
    mutationFn: () => request<{ state: State }>('POST', path, { body: { parameters: values } }),
    onSuccess({ state }) {
      tell(t('sub.running', { operation: operation.name, state: t(`sub.op.${state}`) }));
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [runsPath(subscriptionKey)] }),
  });
  if (described.error) return <Problem error={described.error} retry={() => described.refetch()} />;
  if (!described.data) return <Loader size="sm" aria-label={t('loading')} />;
  const { parameters } = described.data;
  const nameOf = (id: string) => operation.parameters.find((one) => one.id === id)?.name ?? id;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        running.mutate();
      }}
    >
      <Stack gap="xs">
        {parameters.map(({ id, mandatory, values: choices }) => {
          const shared = {
            label: nameOf(id),
            required: mandatory,
            value: values[id] ?? '',
            onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
              setValues({ ...values, [id]: currentTarget.value }),
          };
          return choices ? (
            <NativeSelect
              key={id}
              {...shared}
              data={[{ value: '', label: t('subscribe.choose') }, ...choices]}
            />
          ) : (
            <TextInput key={id} {...shared} />
          );
        })}
        {running.error && <Problem error={running.error} />}
        <Button.Group>
          <Button type="submit" size="xs" loading={running.isPending}>
            {t('sub.run')}
          </Button>
          <Button size="xs" variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
        </Button.Group>
      </Stack>
    </form>
  );
}

const runsPath = (key: string) => `${subscriptionsPath}/${key}/operations`;

function Runs({
  subscription: { key },
  operations,
}: {
  subscription: Subscription;
  operations: Operation[];
}) {
  const { t } = useTranslation();
  const path = runsPath(key);
  const runs = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => request<Page<Run>>('GET', path, { signal }),
    refetchInterval: useLive('subscriptions', [path]),
  });
  if (runs.error) return <Problem error={runs.error} />;
  if (!runs.data) return <Loader aria-label={t('loading')} />;
  const { items } = runs.data;
  return (
    <section>
      <Title order={2} size="h4">
        {t('sub.operationsDone')}
      </Title>
      {items.length === 0 && <Text size="sm">{t('sub.noneRun')}</Text>}
      <Table>
        <Table.Tbody>
          {items.map(({ transactionId, operation, state, user, at, message }) => (
            <Table.Tr key={transactionId}>
              <Table.Td>{instantText(at)}</Table.Td>
              <Table.Td>{operations.find(({ id }) => id === operation)?.name ?? operation}</Table.Td>
              <Table.Td>{user}</Table.Td>
              <Table.Td>
                <Badge variant="dot" color={colors[state]} tt="none">
                  {t(`sub.op.${state}`)}
                </Badge>{' '}
                {message && (message[language()] ?? Object.values(message)[0])}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
