import { Group, Loader, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type PlanningApplication, type PlanningForm, useApplications } from '../api/planning.ts';
import { Problem } from '../frame/problem.tsx';
import { FormView } from './form-view.tsx';
import { nameOf } from './name-of.ts';

/** A form of a planning application at a chosen point of view; the choice is in the address. */
export function PlanningPage() {
  const { t } = useTranslation();
  const applications = useApplications();
  const [params, setParams] = useSearchParams();

  const items = applications.data?.items ?? [];
  const application = items.find(({ label }) => label === params.get('application')) ?? items[0];
  const form = application?.forms.find(({ label }) => label === params.get('form')) ?? application?.forms[0];
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
                setParams({ application: currentTarget.value }, { replace: true })
              }
            />
            <NativeSelect
              label={t('planning.form')}
              value={form.label}
              data={application.forms.map((one) => ({ value: one.label, label: nameOf(one) }))}
              onChange={({ currentTarget }) =>
                setParams({ application: application.label, form: currentTarget.value }, { replace: true })
              }
            />
            <Parameters application={application} form={form} chosen={params} onChange={change} />
          </Group>
          <FormView
            application={application.label}
            form={form}
            povs={povsOf(form, params)}
            participant={participantOf(application, params)}
          />
        </>
      )}
    </Stack>
  );
}

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
