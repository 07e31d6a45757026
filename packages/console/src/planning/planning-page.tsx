import { Group, Loader, NativeSelect, Stack, Tabs, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import {
  type PlanningApplication,
  type PlanningForm,
  useApplications,
  useEditions,
} from '../api/planning.ts';
import { Problem } from '../frame/problem.tsx';
import { Editions } from './editions.tsx';
import { FormView } from './form-view.tsx';
import { ImportLog } from './import-log.tsx';
import { nameOf } from './name-of.ts';

/** A form of a planning application at a chosen point of view; the choice is in the address. */
export function PlanningPage() {
  const { t } = useTranslation();
  const applications = useApplications();
  const [params, setParams] = useSearchParams();

  const items = applications.data?.items ?? [];
  const application = items.find(({ label }) => label === params.get('application')) ?? items[0];
  const form = application?.forms.find(({ label }) => label === params.get('form')) ?? application?.forms[0];
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'figures';
  const change = (part: Record<string, string>) =>
    setParams({ ...Object.fromEntries(params), ...part }, { replace: true });

  return (
    <Stack>
      <title>{`${t('frame.planning')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.planning')}
      </Title>
      {applications.error && <Problem error={applications.error} retry={() => applications.refetch()} />}
      {applications.isPending && <Loader aria-label={t('loading')} />}
      {applications.data && !form && <Text>{t('planning.none')}</Text>}
      {application && form && (
        <>
          <Group>
            <NativeSelect
              label={t('planning.application')}
              value={application.label}
              data={items.map((one) => ({ value: one.label, label: nameOf(one) }))}
              onChange={({ currentTarget }) =>
                setParams({ application: currentTarget.value, tab }, { replace: true })
              }
            />
          </Group>
          <Tabs value={tab} onChange={(to) => change({ tab: to ?? 'figures' })} keepMounted={false}>
            <Tabs.List mb="md">
              {tabs.map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {t(`planning.tab.${one}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="figures">
              <Figures application={application} form={form} params={params} onChange={change} />
            </Tabs.Panel>
            <Tabs.Panel value="imports">
              <ImportLog application={application.label} />
            </Tabs.Panel>
            <Tabs.Panel value="editions">
              <Editions application={application.label} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </Stack>
  );
}

const tabs = ['figures', 'imports', 'editions'] as const;

function Figures({
  application,
  form,
  params,
  onChange,
}: {
  application: PlanningApplication;
  form: PlanningForm;
  params: URLSearchParams;
  onChange(part: Record<string, string>): void;
}) {
  const { t } = useTranslation();
  const editions = useEditions(application.label);
  const keys = editions.data?.items.map(({ key }) => key) ?? [workspaceEdition];
  const edition = keys.find((key) => key === params.get('edition')) ?? workspaceEdition;
  return (
    <Stack>
      <Group>
        <NativeSelect
          label={t('planning.form')}
          value={form.label}
          data={application.forms.map((one) => ({ value: one.label, label: nameOf(one) }))}
          onChange={({ currentTarget }) => onChange({ form: currentTarget.value })}
        />
        <Parameters application={application} form={form} chosen={params} onChange={onChange} />
        {keys.length > 1 && (
          <NativeSelect
            label={t('planning.edition')}
            value={edition}
            data={keys}
            onChange={({ currentTarget }) => onChange({ edition: currentTarget.value })}
          />
        )}
      </Group>
      <FormView
        key={form.label}
        form={form}
        place={{
          application: application.label,
          form: form.label,
          povs: povsOf(form, params),
          participant: participantOf(application, params),
          edition,
        }}
      />
    </Stack>
  );
}

/** The one that is worked on. */
const workspaceEdition = 'WORKSPACE';

function Parameters({
  application,
  form,
  chosen,
  onChange,
}: {
  application: PlanningApplication;
  form: PlanningForm;
  chosen: URLSearchParams;
  onChange(part: Record<string, string>): void;
}) {
  const { t } = useTranslation();
  return (
    <>
      {application.participants.length > 1 && (
        <NativeSelect
          label={t('planning.participant')}
          value={participantOf(application, chosen)}
          data={application.participants}
          onChange={({ currentTarget }) => onChange({ participant: currentTarget.value })}
        />
      )}
      {form.parameters.map((parameter) => (
        <NativeSelect
          key={parameter.label}
          label={nameOf(parameter)}
          value={povsOf(form, chosen)[parameter.label] ?? ''}
          data={parameter.members.map((member) => ({ value: member.label, label: nameOf(member) }))}
          onChange={({ currentTarget }) => onChange({ [parameter.label]: currentTarget.value })}
        />
      ))}
    </>
  );
}

/** The member of each parameter: the chosen one, else the first. */
function povsOf({ parameters }: PlanningForm, chosen: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ label, members }) => {
      const member = members.find((one) => one.label === chosen.get(label)) ?? members[0];
      return member ? [[label, member.label]] : [];
    }),
  );
}

function participantOf({ participants }: PlanningApplication, chosen: URLSearchParams): string {
  return participants.find((label) => label === chosen.get('participant')) ?? participants[0] ?? '';
}
