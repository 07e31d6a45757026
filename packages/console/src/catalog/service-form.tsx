import {
  Anchor,
  Breadcrumbs,
  Button,
  Checkbox,
  Group,
  Loader,
  NativeSelect,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import {
  definitionsPath,
  type Service,
  servicePath,
  servicesPath,
  useOrganizations,
  useService,
} from '../api/catalog.ts';
import { ApiError, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { language } from '../text/language.ts';
import { PricesInput } from './prices-input.tsx';
import { bodyOf, type Definition, draftOf, isAdvanced, type ServiceDraft } from './service-draft.ts';

/** A new service out of a technical service, which the address names. */
export function NewServicePage() {
  const [search] = useSearchParams();
  const technical = {
    organization: search.get('organization') ?? '',
    id: search.get('id') ?? '',
    version: search.get('version') ?? '',
  };
  return <Loaded technical={technical} />;
}

/** A service that is sold, to be changed. */
export function EditServicePage() {
  const { t } = useTranslation();
  const { service: id = '' } = useParams();
  const service = useService(id);
  if (service.error) return <Problem error={service.error} />;
  if (!service.data) return <Loader aria-label={t('loading')} />;
  const { organization, id: technicalId, version = '' } = service.data.technicalService;
  return <Loaded technical={{ organization, id: technicalId, version }} service={service.data} />;
}

type Technical = { organization: string; id: string; version: string };

function Loaded({
  technical: { organization, id, version },
  service,
}: {
  technical: Technical;
  service?: Service;
}) {
  const { t } = useTranslation();
  const path = `${definitionsPath}/${encodeURIComponent(organization)}/${encodeURIComponent(id)}`;
  const definition = useQuery({
    queryKey: [path, version],
    queryFn: ({ signal }) => request<Definition>('GET', path, { query: { version }, signal }),
  });
  const organizations = useOrganizations();
  const error = definition.error ?? organizations.error;
  if (error) return <Problem error={error} />;
  if (!definition.data || !organizations.data) return <Loader aria-label={t('loading')} />;
  const suppliers = organizations.data.items
    .filter(({ roles }) => roles.includes('supplier'))
    .map((one) => one.id);
  return <Form definition={definition.data} suppliers={suppliers} {...(service && { service })} />;
}

function Form({
  definition,
  suppliers,
  service,
}: {
  definition: Definition;
  suppliers: readonly string[];
  service?: Service;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const own = suppliers.includes(definition.organization) ? definition.organization : (suppliers[0] ?? '');
  const [draft, setDraft] = useState(() => draftOf(definition, own, service));
  const set = (change: Partial<ServiceDraft>) => setDraft({ ...draft, ...change });
  const { id, version, organization } = definition;

  const saving = useMutation({
    mutationFn: () => {
      const body = bodyOf(draft, definition, service?.prices);
      if (service) {
        const prices = draft.priced ? {} : { prices: null };
        return request<Service>('PATCH', servicePath(service.id), { body: { ...body, ...prices } });
      }
      const technicalService = { id, organization, ...(version !== undefined && { version }) };
      const whole = {
        id: draft.id.trim(),
        supplier: draft.supplier,
        technicalService,
        active: false,
        ...body,
      };
      return request<Service>('POST', servicesPath, { body: whole });
    },
    async onSuccess(saved) {
      tell(t('sell.saved', { id: saved.id }));
      await queries.invalidateQueries({ queryKey: [servicesPath] });
      await navigate('/catalog/selling');
    },
  });
  const faults = saving.error instanceof ApiError ? saving.error.faults : [];
  const faultAt = (pointer: string) => faults.find((fault) => fault.pointer === pointer)?.detail;
  const title = service ? service.title : t('sell.new');

  return (
    <Stack maw={820}>
      <title>{`${title} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/catalog/selling">
          {t('catalog.selling')}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2">
        {title}
      </Title>
      <Text size="sm">{`${t('catalog.definition')}: ${id} ${version ?? ''} (${organization})`}</Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack>
          <Group align="flex-start" grow>
            <TextInput
              label={t('catalog.id')}
              value={draft.id}
              onChange={({ currentTarget }) => set({ id: currentTarget.value })}
              disabled={service !== undefined}
              error={faultAt('/id')}
              required
              maxLength={40}
            />
            <TextInput
              label={t('sell.nameJa')}
              value={draft.ja}
              onChange={({ currentTarget }) => set({ ja: currentTarget.value })}
            />
            <TextInput
              label={t('sell.nameEn')}
              value={draft.en}
              onChange={({ currentTarget }) => set({ en: currentTarget.value })}
            />
            {service === undefined && (
              <NativeSelect
                label={t('catalog.supplier')}
                value={draft.supplier}
                data={[...suppliers]}
                onChange={({ currentTarget }) => set({ supplier: currentTarget.value })}
              />
            )}
          </Group>
          <Parameters {...{ definition, draft, set, faultAt }} />
          <PricesInput {...{ definition, draft, set, faultAt }} />
          {isAdvanced(service?.prices) && <Text size="sm">{t('sell.advanced')}</Text>}
          <Compatible draft={draft} set={set} own={service?.id} />
          {saving.error && <Problem error={saving.error} />}
          <Group>
            <Button type="submit" loading={saving.isPending}>
              {t('save')}
            </Button>
            <Button variant="default" component={Link} to="/catalog/selling">
              {t('cancel')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

/** A text of the definition in the reader's language. */
export function inLanguage(texts: Readonly<Record<string, string>>): string | undefined {
  return texts[language()] ?? texts.en ?? Object.values(texts)[0];
}

type PartProps = {
  definition: Definition;
  draft: ServiceDraft;
  set(change: Partial<ServiceDraft>): void;
  faultAt(pointer: string): string | undefined;
};

function Parameters({ definition, draft, set, faultAt }: PartProps) {
  const { t } = useTranslation();
  const offered = definition.parameters.filter(({ id }) => draft.parameters[id] !== undefined);
  if (offered.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {t('catalog.parameters')}
      </Title>
      <Stack gap="xs">
        {offered.map(({ id, valueType, descriptions, options }) => {
          const { value, configurable } = draft.parameters[id]!;
          const label = inLanguage(descriptions) ?? id;
          const change = (next: Partial<{ value: string; configurable: boolean }>) =>
            set({ parameters: { ...draft.parameters, [id]: { value, configurable, ...next } } });
          const choices = valueType === 'BOOLEAN' ? ['true', 'false'] : undefined;
          const shared = {
            label: t('sell.value', { label }),
            value,
            error: faultAt(`/parameters/${id}/value`),
            miw: 280,
            onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
              change({ value: currentTarget.value }),
          };
          return (
            <Group key={id} align="flex-end">
              {options.length > 0 || choices ? (
                <NativeSelect
                  {...shared}
                  data={[
                    { value: '', label: '' },
                    ...options.map((option) => ({
                      value: option.id,
                      label: inLanguage(option.names) ?? option.id,
                    })),
                    ...(choices ?? []),
                  ]}
                />
              ) : valueType === 'PWD' ? (
                <PasswordInput {...shared} autoComplete="new-password" />
              ) : (
                <TextInput {...shared} />
              )}
              <Checkbox
                mb={8}
                label={t('sell.configurable')}
                aria-label={t('sell.configurableLabel', { label })}
                checked={configurable}
                onChange={({ currentTarget }) => change({ configurable: currentTarget.checked })}
              />
            </Group>
          );
        })}
      </Stack>
    </section>
  );
}

function Compatible({ draft, set, own }: Pick<PartProps, 'draft' | 'set'> & { own: string | undefined }) {
  const { t } = useTranslation();
  const [text, setText] = useState(draft.compatible.join(', '));
  return (
    <TextInput
      label={t('sell.compatible')}
      placeholder="example-large, example-huge"
      value={text}
      onChange={({ currentTarget: { value } }) => {
        setText(value);
        const ids = value.split(',').map((id) => id.trim());
        set({ compatible: [...new Set(ids)].filter((id) => id !== '' && id !== own) });
      }}
    />
  );
}
