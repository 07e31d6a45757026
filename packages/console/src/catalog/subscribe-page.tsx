import {
  Anchor,
  Breadcrumbs,
  Button,
  Group,
  List,
  Loader,
  NativeSelect,
  Stack,
  Stepper,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import {
  type Offer,
  type Organization,
  type Service,
  type Subscription,
  servicePath,
  subscriptionsPath,
  useOffer,
  useOrganizations,
  useService,
} from '../api/catalog.ts';
import { ApiError, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { type Assigned, AssignmentsInput } from './assignments-input.tsx';
import { CostPreview } from './cost-preview.tsx';
import { isMissing, isOutside, ParameterInput, startValues } from './parameter-input.tsx';
import { valueText } from './service-page.tsx';

/** The way to a subscription: a name, the settings, the users, and what it costs. */
export function SubscribePage() {
  const { t } = useTranslation();
  const { service: id = '' } = useParams();
  const service = useService(id);
  const offer = useOffer(servicePath(id));
  const organizations = useOrganizations();
  const error = service.error ?? offer.error ?? organizations.error;
  if (error) return <Problem error={error} />;
  if (!service.data || !offer.data || !organizations.data) return <Loader aria-label={t('loading')} />;
  const customers = organizations.data.items.filter(({ roles }) => roles.includes('customer'));
  return <Wizard service={service.data} offer={offer.data} customers={customers} />;
}

type WizardProps = { service: Service; offer: Offer; customers: readonly Organization[] };

function Wizard({ service, offer, customers }: WizardProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [step, setStep] = useState(0);
  const [id, setId] = useState('');
  const [reference, setReference] = useState('');
  const [organization, setOrganization] = useState(customers[0]?.id ?? '');
  const [values, setValues] = useState(() => startValues(offer.parameters));
  const [users, setUsers] = useState<Assigned[]>([]);
  const [touched, setTouched] = useState(false);
  const attempt = useRef(newKey());

  const sending = useMutation({
    mutationFn: () =>
      request<Subscription>('POST', subscriptionsPath, {
        headers: { 'idempotency-key': attempt.current },
        body: {
          id: id.trim(),
          service: service.id,
          ...(organization !== '' && { organization }),
          ...(reference.trim() !== '' && { referenceId: reference.trim() }),
          parameters: chosen(offer, values),
          users,
        },
      }),
    async onSuccess(made) {
      tell(t('subscribe.done', { id: made.id }));
      await queries.invalidateQueries({ queryKey: [subscriptionsPath] });
      await navigate(`/catalog/subscriptions/${made.key}`);
    },
    onError(error) {
      // what was refused may be sent again, changed; what was never answered may have happened
      if (error instanceof ApiError && error.status !== 0) attempt.current = newKey();
    },
  });

  const faultOf = (parameter: Offer['parameters'][number]): string | undefined => {
    const { id: name } = parameter;
    const value = values[name] ?? '';
    const told = sending.error instanceof ApiError ? sending.error.faults : [];
    const fault = told.find(({ pointer }) => pointer === `/parameters/${escaped(name)}`);
    if (fault) return fault.detail;
    if (touched && isMissing(parameter, value)) return t('subscribe.required');
    return touched && isOutside(parameter, value) ? limits(parameter) : undefined;
  };
  const limits = ({ minValue = '', maxValue = '' }: Offer['parameters'][number]) =>
    t('subscribe.range', { min: minValue, max: maxValue });
  const wrong = offer.parameters.some(
    (one) => isMissing(one, values[one.id] ?? '') || isOutside(one, values[one.id] ?? ''),
  );

  function next() {
    setTouched(true);
    if (step === 0 && id.trim() === '') return;
    if (step === 1 && wrong) return;
    setTouched(false);
    setStep(step + 1);
  }

  return (
    <Stack maw={760}>
      <title>{`${t('subscribe.title', { service: service.title })} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/catalog">
          {t('catalog.services')}
        </Anchor>
        <Anchor component={Link} to={`/catalog/services/${encodeURIComponent(service.id)}`}>
          {service.title}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2">
        {t('subscribe.title', { service: service.title })}
      </Title>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (step < 3) next();
          else sending.mutate();
        }}
      >
        <Stack>
          <Stepper active={step} onStepClick={setStep} allowNextStepsSelect={false} size="sm">
            <Stepper.Step label={t('subscribe.step.name')}>
              <Stack>
                <TextInput
                  label={t('subscribe.id')}
                  description={t('subscribe.idHint')}
                  value={id}
                  onChange={({ currentTarget }) => setId(currentTarget.value)}
                  maxLength={40}
                  withAsterisk
                  error={touched && id.trim() === '' && t('subscribe.required')}
                />
                <TextInput
                  label={t('subscribe.reference')}
                  description={t('subscribe.referenceHint')}
                  value={reference}
                  onChange={({ currentTarget }) => setReference(currentTarget.value)}
                />
                {customers.length > 1 && (
                  <NativeSelect
                    label={t('subscribe.organization')}
                    value={organization}
                    data={customers.map((one) => ({ value: one.id, label: one.name }))}
                    onChange={({ currentTarget }) => setOrganization(currentTarget.value)}
                  />
                )}
              </Stack>
            </Stepper.Step>
            <Stepper.Step label={t('subscribe.step.parameters')}>
              <Stack>
                {offer.parameters.length === 0 && <Text>{t('catalog.noParameters')}</Text>}
                {offer.parameters.map((parameter) => (
                  <ParameterInput
                    key={parameter.id}
                    parameter={parameter}
                    value={values[parameter.id] ?? ''}
                    onChange={(value) => setValues({ ...values, [parameter.id]: value })}
                    error={faultOf(parameter)}
                  />
                ))}
              </Stack>
            </Stepper.Step>
            <Stepper.Step label={t('subscribe.step.users')}>
              <Text size="sm" mb="sm">
                {t('subscribe.usersHint')}
              </Text>
              <AssignmentsInput roles={offer.roles} value={users} onChange={setUsers} />
            </Stepper.Step>
            <Stepper.Step label={t('subscribe.step.confirm')}>
              <Summary {...{ service, offer, id, organization, values, users }} />
            </Stepper.Step>
          </Stepper>
          {step > 0 && (
            <CostPreview prices={service.prices} offer={offer} users={users} values={chosen(offer, values)} />
          )}
          {sending.isPending && <Text role="status">{t('subscribe.sending')}</Text>}
          {sending.error && <Problem error={sending.error} />}
          <Group justify="space-between">
            <Button variant="default" onClick={() => setStep(step - 1)} disabled={step === 0}>
              {t('subscribe.back')}
            </Button>
            <Button type="submit" loading={sending.isPending}>
              {t(step < 3 ? 'subscribe.next' : 'subscribe.send')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

function Summary({
  service,
  offer,
  id,
  organization,
  values,
  users,
}: {
  service: Service;
  offer: Offer;
  id: string;
  organization: string;
  values: Record<string, string>;
  users: readonly Assigned[];
}) {
  const { t } = useTranslation();
  const roleOf = (role?: string) => offer.roles.find((one) => one.id === role)?.name ?? role;
  return (
    <List size="sm" spacing={4}>
      <List.Item>{`${t('catalog.service')}: ${service.title} (${service.supplier})`}</List.Item>
      <List.Item>{`${t('subscribe.id')}: ${id}`}</List.Item>
      {organization !== '' && <List.Item>{`${t('subscribe.organization')}: ${organization}`}</List.Item>}
      {offer.parameters.map((parameter) => {
        const value = values[parameter.id] ?? '';
        const isSet = parameter.valueType === 'PWD' ? value !== '' || parameter.isSet === true : undefined;
        const text = valueText({ ...parameter, value, ...(isSet !== undefined && { isSet }) });
        return <List.Item key={parameter.id}>{`${parameter.label}: ${text}`}</List.Item>;
      })}
      <List.Item>
        {`${t('type.users')}: ${users.map(({ user, role }) => (role ? `${user} (${roleOf(role)})` : user)).join(', ') || t('subscribe.noUsers')}`}
      </List.Item>
    </List>
  );
}

/** What the customer may choose and did. */
export function chosen(offer: Offer, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    offer.parameters.flatMap(({ id, configurable, valueType }) => {
      const value = values[id] ?? '';
      const left = value === '' && valueType === 'PWD';
      return configurable && !left ? [[id, value]] : [];
    }),
  );
}

const escaped = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** `crypto.randomUUID` is there for https only. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('-');
}
