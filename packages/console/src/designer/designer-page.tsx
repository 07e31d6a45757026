import {
  Anchor,
  Breadcrumbs,
  Button,
  Code,
  Grid,
  Group,
  Loader,
  Stack,
  Tabs,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useNavigate, useParams, useSearchParams } from 'react-router';
import { stringify } from 'yaml';
import { applyApps } from '../api/workspace.ts';
import { NotFound } from '../frame/not-found.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { AccessEditor } from './access-editor.tsx';
import { AutomationsEditor } from './automations-editor.tsx';
import { withPart } from './change.ts';
import { type AppDeclaration, emptyApp } from './declaration.ts';
import { DraftFaults } from './draft-faults.tsx';
import { FieldsEditor } from './fields-editor.tsx';
import { KeepDraft } from './keep-draft.tsx';
import { ProcessEditor } from './process-editor.tsx';
import { renameField } from './rename-field.ts';
import { ReviewDialog } from './review-dialog.tsx';
import { useDrafts, useRunningApps } from './use-drafts.ts';

/** Draws up an app by clicking, new or there already, with the workspace file that it stands for beside it. */
export function DesignerPage() {
  const { t } = useTranslation();
  const { app: reference } = useParams();
  const running = useRunningApps();
  const [fresh, setFresh] = useState<AppDeclaration>();

  if (running.error) return <Problem error={running.error} retry={() => running.refetch()} />;
  if (!running.data) return <Loader aria-label={t('loading')} />;
  const { apps, revision } = running.data;
  if (reference === undefined && !fresh) {
    setFresh(emptyApp(apps.map(({ id }) => id)));
    return null;
  }
  const stored = apps.find(({ id, alias = id }) => [String(id), alias].includes(reference ?? ''));
  const app = reference === undefined ? fresh : stored;
  if (!app) return <NotFound />;
  return (
    <Designer key={app.id} start={app} running={apps} revision={revision} reload={() => running.refetch()} />
  );
}

/** Where the product's own administration screen leads to (docs/dialects/appsuite.md). */
export function AutomationsRedirect() {
  return <Navigate to="../design?tab=automations" relative="path" replace />;
}

const tabs = ['fields', 'access', 'process', 'automations'] as const;

function Designer({
  start,
  running,
  revision,
  reload,
}: {
  start: AppDeclaration;
  running: readonly AppDeclaration[];
  revision: number;
  reload(): Promise<unknown>;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const { apps, changed, change, forget } = useDrafts(running);
  const [reviewing, setReviewing] = useState(false);
  const stored = running.find(({ id }) => id === start.id);
  const app = apps.find(({ id }) => id === start.id) ?? start;
  const others = apps.filter(({ id }) => id !== app.id);
  const set = <K extends keyof AppDeclaration>(key: K, value: AppDeclaration[K] | undefined) =>
    change(withPart(app, key, value));
  // the other apps are in the file where a new name of a field concerns them
  const shown = [app, ...changed.filter(({ id }) => id !== app.id)];
  const text = stringify({ renkei: 1, apps: shown });
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'fields';
  const title = stored ? t('designer.changeTitle', { name: stored.name }) : t('designer.title');

  const making = useMutation({
    mutationFn: () => applyApps([app], revision),
    async onSuccess({ faults }) {
      if (faults.length === 0) await finish(t('designer.made', { name: app.name }));
    },
  });

  async function finish(message: string) {
    forget();
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'workspace' });
    tell(message);
    await navigate(`/apps/${app.id}`);
    await queries.invalidateQueries({ queryKey: ['workspace'] });
  }

  return (
    <Stack>
      <title>{`${title} - Renkei`}</title>
      {stored && (
        <Breadcrumbs aria-label={t('frame.trail')}>
          <Anchor component={Link} to="/apps">
            {t('frame.apps')}
          </Anchor>
          <Anchor component={Link} to={`/apps/${app.id}`}>
            {stored.name}
          </Anchor>
        </Breadcrumbs>
      )}
      <Title order={1} size="h2">
        {title}
      </Title>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <form
            noValidate // the server's sentences say more
            onSubmit={(event) => {
              event.preventDefault();
              if (stored) setReviewing(true);
              else making.mutate();
            }}
          >
            <Stack>
              <Group grow align="flex-start">
                <TextInput
                  label={t('designer.name')}
                  description={t('designer.nameHint')}
                  value={app.name}
                  onChange={({ currentTarget }) => set('name', currentTarget.value)}
                  required
                />
                <TextInput
                  label={t('designer.alias')}
                  description={t('designer.aliasHint')}
                  value={app.alias ?? ''}
                  onChange={({ currentTarget }) => set('alias', currentTarget.value || undefined)}
                />
              </Group>
              <Tabs
                value={tab}
                onChange={(to) => setParams({ tab: to ?? 'fields' }, { replace: true })}
                keepMounted={false}
              >
                <Tabs.List mb="md">
                  {tabs.map((one) => (
                    <Tabs.Tab key={one} value={one}>
                      {t(`designer.tab.${one}`)}
                    </Tabs.Tab>
                  ))}
                </Tabs.List>
                <Tabs.Panel value="fields">
                  <FieldsEditor
                    fields={app.fields}
                    stored={stored?.fields ?? []}
                    apps={apps}
                    onChange={(fields) => set('fields', fields)}
                    onRename={(from, to) => change(...renamed(apps, app, from, to))}
                  />
                </Tabs.Panel>
                <Tabs.Panel value="access">
                  <AccessEditor
                    access={app.access}
                    fields={app.fields}
                    onChange={(to) => set('access', to)}
                  />
                </Tabs.Panel>
                <Tabs.Panel value="process">
                  <ProcessEditor
                    process={app.process}
                    taken={others.flatMap(({ process }) => process?.type ?? [])}
                    onChange={(to) => set('process', to)}
                  />
                </Tabs.Panel>
                <Tabs.Panel value="automations">
                  <AutomationsEditor
                    automations={app.automations}
                    fields={app.fields}
                    apps={apps}
                    onChange={(to) => set('automations', to)}
                  />
                </Tabs.Panel>
              </Tabs>
              {making.error && <Problem error={making.error} />}
              {making.data && <DraftFaults faults={making.data.faults} text={text} />}
              <Group>
                <Button type="submit" loading={making.isPending} disabled={stored && changed.length === 0}>
                  {t(stored ? 'designer.review' : 'designer.make')}
                </Button>
                {stored && changed.length > 0 && (
                  <Button variant="subtle" onClick={forget}>
                    {t('designer.discard')}
                  </Button>
                )}
              </Group>
            </Stack>
          </form>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <div className="beside">
            <Text size="sm" fw={500}>
              {t('designer.file')}
            </Text>
            <Code block className="code" tabIndex={0}>
              {text}
            </Code>
          </div>
        </Grid.Col>
      </Grid>
      {reviewing && (
        <ReviewDialog
          before={running}
          changed={changed}
          revision={revision}
          reload={reload}
          onClose={() => setReviewing(false)}
          onSaved={() => finish(t('designer.saved', { name: app.name }))}
        />
      )}
      <KeepDraft active={stored !== undefined && changed.length > 0} />
    </Stack>
  );
}

/** Only the apps that the new name of a field concerns. */
function renamed(apps: readonly AppDeclaration[], owner: AppDeclaration, from: string, to: string) {
  const after = renameField(apps, owner, from, to);
  return after.filter((app, index) => JSON.stringify(app) !== JSON.stringify(apps[index]));
}
