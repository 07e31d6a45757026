import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  Code,
  Fieldset,
  Grid,
  Group,
  Loader,
  NativeSelect,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { stringify } from 'yaml';
import { useApps } from '../api/apps.ts';
import { applyWorkspace, type WorkspaceFault } from '../api/workspace.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import {
  type AppDraft,
  draftTypes,
  emptyDraft,
  emptyField,
  type FieldDraft,
  workspaceOf,
} from './app-draft.ts';

/** Draws up a new app by clicking, with the workspace file that it stands for beside it. */
export function DesignerPage() {
  const { t } = useTranslation();
  const apps = useApps();
  if (apps.error) return <Problem error={apps.error} retry={() => apps.refetch()} />;
  if (!apps.data) return <Loader aria-label={t('loading')} />;
  return <Designer taken={apps.data.items.map(({ id }) => id)} />;
}

function Designer({ taken }: { taken: readonly number[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<AppDraft>(() => emptyDraft(taken));
  const file = workspaceOf(draft);
  const change = (part: Partial<AppDraft>) => setDraft({ ...draft, ...part });
  const making = useMutation({
    mutationFn: () => applyWorkspace(file),
    async onSuccess({ faults }) {
      if (faults.length > 0) return;
      await queries.invalidateQueries();
      tell(t('designer.made', { name: draft.name }));
      await navigate(`/apps/${draft.id}`);
    },
  });

  return (
    <Stack>
      <title>{`${t('designer.title')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('designer.title')}
      </Title>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <form
            noValidate // the server's sentences say more
            onSubmit={(event) => {
              event.preventDefault();
              making.mutate();
            }}
          >
            <Stack>
              <TextInput
                label={t('designer.name')}
                value={draft.name}
                onChange={({ currentTarget }) => change({ name: currentTarget.value })}
                required
              />
              <TextInput
                label={t('designer.alias')}
                description={t('designer.aliasHint')}
                value={draft.alias}
                onChange={({ currentTarget }) => change({ alias: currentTarget.value })}
              />
              {draft.fields.map((field, index) => (
                <FieldEditor
                  key={field.id}
                  field={field}
                  number={index + 1}
                  onChange={(part) =>
                    change({
                      fields: draft.fields.map((one) => (one.id === field.id ? { ...one, ...part } : one)),
                    })
                  }
                  onRemove={() => change({ fields: draft.fields.filter(({ id }) => id !== field.id) })}
                />
              ))}
              <Group>
                <Button
                  variant="default"
                  leftSection={<IconPlus size={16} aria-hidden />}
                  onClick={() => change({ fields: [...draft.fields, emptyField(draft.fields)] })}
                >
                  {t('designer.addField')}
                </Button>
                {!draft.automation && (
                  <Button
                    variant="default"
                    leftSection={<IconPlus size={16} aria-hidden />}
                    onClick={() =>
                      change({
                        automation: { title: t('designer.webhook'), url: '', added: true, updated: true },
                      })
                    }
                  >
                    {t('designer.addWebhook')}
                  </Button>
                )}
              </Group>
              <AutomationEditor draft={draft} onChange={change} />
              {making.error && <Problem error={making.error} />}
              {making.data && making.data.faults.length > 0 && <Faults faults={making.data.faults} />}
              <Group>
                <Button type="submit" loading={making.isPending}>
                  {t('designer.make')}
                </Button>
              </Group>
            </Stack>
          </form>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Text size="sm" fw={500}>
            {t('designer.file')}
          </Text>
          <Code block className="code" tabIndex={0}>
            {stringify(file)}
          </Code>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function FieldEditor({
  field,
  number,
  onChange,
  onRemove,
}: {
  field: FieldDraft;
  number: number;
  onChange(part: Partial<FieldDraft>): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t('designer.field', { number })}>
      <Group align="flex-end">
        <TextInput
          label={t('designer.fieldName')}
          value={field.name}
          onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
          required
        />
        <NativeSelect
          label={t('designer.fieldType')}
          value={field.type}
          data={draftTypes.map((type) => ({ value: type, label: t(`type.${type}`) }))}
          onChange={({ currentTarget }) => onChange({ type: currentTarget.value })}
        />
        <Checkbox
          mb={8}
          label={t('designer.required')}
          checked={field.required}
          onChange={({ currentTarget }) => onChange({ required: currentTarget.checked })}
        />
        <ActionIcon
          mb={4}
          variant="subtle"
          color="red"
          aria-label={t('designer.removeField', { number })}
          onClick={onRemove}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Group>
      {/elect$/.test(field.type) && (
        <Textarea
          mt="xs"
          label={t('designer.options')}
          autosize
          minRows={2}
          value={field.options}
          onChange={({ currentTarget }) => onChange({ options: currentTarget.value })}
        />
      )}
    </Fieldset>
  );
}

function AutomationEditor({ draft, onChange }: { draft: AppDraft; onChange(part: Partial<AppDraft>): void }) {
  const { t } = useTranslation();
  const { automation } = draft;
  if (!automation) return null;
  const change = (part: Partial<typeof automation>) => onChange({ automation: { ...automation, ...part } });
  return (
    <Fieldset legend={t('designer.webhook')}>
      <Stack gap="xs">
        <TextInput
          label={t('designer.webhookTitle')}
          value={automation.title}
          onChange={({ currentTarget }) => change({ title: currentTarget.value })}
          required
        />
        <TextInput
          label={t('designer.webhookUrl')}
          type="url"
          value={automation.url}
          onChange={({ currentTarget }) => change({ url: currentTarget.value })}
          required
        />
        <Group>
          <Checkbox
            label={t('designer.onAdded')}
            checked={automation.added}
            onChange={({ currentTarget }) => change({ added: currentTarget.checked })}
          />
          <Checkbox
            label={t('designer.onUpdated')}
            checked={automation.updated}
            onChange={({ currentTarget }) => change({ updated: currentTarget.checked })}
          />
          <Button variant="subtle" color="red" onClick={() => onChange({ automation: undefined })}>
            {t('designer.removeWebhook')}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

function Faults({ faults }: { faults: readonly WorkspaceFault[] }) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="red" title={t('workspace.faults', { count: faults.length })}>
      {faults.map(({ pointer, message }) => (
        <Text size="sm" key={pointer + message}>
          {message}
        </Text>
      ))}
    </Alert>
  );
}
