import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  MultiSelect,
  NativeSelect,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { MailEditor, WebhookEditor, WriteEditor } from './action-editors.tsx';
import { numberOrText, removed, replaced, withPart } from './change.ts';
import { ConditionEditor } from './condition-editor.tsx';
import {
  type AppDeclaration,
  type AutomationDeclaration,
  type FieldDeclaration,
  triggers,
} from './declaration.ts';

const actions = ['webhook', 'mail', 'write'] as const;
type Action = (typeof actions)[number];

const emptyActions = {
  webhook: { url: '' },
  mail: { to: [''], subject: '', body: '' },
  write: { app: '', values: {} },
} as const satisfies { [A in Action]: unknown };

/** What happens by itself when records change, or by the clock. */
export function AutomationsEditor({
  automations = [],
  fields,
  apps,
  onChange,
}: {
  automations: readonly AutomationDeclaration[] | undefined;
  fields: readonly FieldDeclaration[];
  apps: readonly AppDeclaration[];
  onChange(automations: AutomationDeclaration[] | undefined): void;
}) {
  const { t } = useTranslation();
  const change = (list: AutomationDeclaration[]) => onChange(list.length > 0 ? list : undefined);

  function add(action: Action) {
    const titles = automations.map(({ title }) => title);
    const name = t(`automation.${action}`);
    let title = name;
    for (let number = 2; titles.includes(title); number += 1) title = `${name} ${number}`;
    change([
      ...automations,
      { title, enabled: true, on: ['added', 'updated'], [action]: structuredClone(emptyActions[action]) },
    ]);
  }

  return (
    <Stack>
      {automations.length === 0 && <Text size="sm">{t('automation.empty')}</Text>}
      {automations.map((automation, index) => (
        <AutomationCard
          // biome-ignore lint/suspicious/noArrayIndexKey: titles, which are their identity, change while they are typed
          key={index}
          number={index + 1}
          automation={automation}
          fields={fields}
          apps={apps}
          onChange={(changed) => change(replaced(automations, index, changed))}
          onRemove={() => change(removed(automations, index))}
        />
      ))}
      <Group>
        {actions.map((action) => (
          <Button
            key={action}
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => add(action)}
          >
            {t(`automation.add.${action}`)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function AutomationCard({
  number,
  automation,
  fields,
  apps,
  onChange,
  onRemove,
}: {
  number: number;
  automation: AutomationDeclaration;
  fields: readonly FieldDeclaration[];
  apps: readonly AppDeclaration[];
  onChange(automation: AutomationDeclaration): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const { title, enabled, webhook, mail, write, when } = automation;
  const set = <K extends keyof AutomationDeclaration>(key: K, value: AutomationDeclaration[K] | undefined) =>
    onChange(withPart(automation, key, value));
  const further = actions.filter((action) => automation[action] === undefined);

  return (
    <Fieldset legend={t('automation.number', { number })}>
      <Stack gap="sm">
        <Group align="flex-end">
          <TextInput
            label={t('automation.title')}
            value={title}
            onChange={({ currentTarget }) => set('title', currentTarget.value)}
            required
          />
          <Switch
            mb={8}
            label={t('automation.enabled')}
            checked={enabled !== false}
            onChange={({ currentTarget }) => set('enabled', currentTarget.checked)}
          />
        </Group>
        <When automation={automation} fields={fields} onChange={onChange} />
        <Text size="sm" fw={500}>
          {t('automation.condition')}
        </Text>
        <ConditionEditor
          label={t('automation.condition')}
          value={when}
          fields={fields}
          onChange={(to) => set('when', to)}
        />
        {webhook && <WebhookEditor webhook={webhook} onChange={(to) => set('webhook', to)} />}
        {mail && <MailEditor mail={mail} fields={fields} onChange={(to) => set('mail', to)} />}
        {write && <WriteEditor write={write} apps={apps} onChange={(to) => set('write', to)} />}
        <Group>
          {further.map((action) => (
            <Button
              key={action}
              size="xs"
              variant="default"
              onClick={() => set(action, structuredClone(emptyActions[action]) as never)}
            >
              {t(`automation.also.${action}`)}
            </Button>
          ))}
          {further.length < 2 &&
            actions
              .filter((action) => automation[action] !== undefined)
              .map((action) => (
                <Button
                  key={action}
                  size="xs"
                  variant="subtle"
                  color="red"
                  onClick={() => set(action, undefined)}
                >
                  {t(`automation.without.${action}`)}
                </Button>
              ))}
          <Button size="xs" variant="subtle" color="red" onClick={onRemove}>
            {t('automation.remove', { number })}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

/** What calls it: changes of records, of certain fields, or the clock. */
function When({
  automation,
  fields,
  onChange,
}: {
  automation: AutomationDeclaration;
  fields: readonly FieldDeclaration[];
  onChange(automation: AutomationDeclaration): void;
}) {
  const { t } = useTranslation();
  const { on = ['added', 'updated'], every, once, watch = [], loopLimit } = automation;
  const names = fields.map(({ name }) => name).filter((name) => name !== '');

  function byClock(clock: boolean) {
    const { on: _, watch: __, every: ___, once: ____, ...rest } = automation;
    onChange(clock ? { ...rest, every: '1d' } : { ...rest, on: ['added', 'updated'] });
  }

  return (
    <>
      <NativeSelect
        label={t('automation.calledBy')}
        value={every === undefined ? 'change' : 'clock'}
        data={[
          { value: 'change', label: t('automation.byChange') },
          { value: 'clock', label: t('automation.byClock') },
        ]}
        onChange={({ currentTarget }) => byClock(currentTarget.value === 'clock')}
      />
      {every === undefined ? (
        <>
          <Checkbox.Group
            label={t('automation.on')}
            value={on}
            onChange={(chosen) =>
              onChange({ ...automation, on: triggers.filter((one) => chosen.includes(one)) })
            }
          >
            <Group>
              {triggers.map((trigger) => (
                <Checkbox key={trigger} value={trigger} label={t(`automation.on.${trigger}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Group grow align="flex-start">
            <MultiSelect
              searchable
              label={t('automation.watch')}
              description={t('automation.watchHint')}
              data={names}
              value={watch}
              onChange={(chosen) =>
                onChange(withPart(automation, 'watch', chosen.length > 0 ? chosen : undefined))
              }
            />
            <TextInput
              label={t('automation.loopLimit')}
              description={t('automation.loopLimitHint')}
              inputMode="numeric"
              value={loopLimit ?? ''}
              onChange={({ currentTarget }) =>
                onChange(withPart(automation, 'loopLimit', numberOrText(currentTarget.value)))
              }
            />
          </Group>
        </>
      ) : (
        <Group align="flex-end">
          <TextInput
            label={t('automation.every')}
            description={t('automation.everyHint')}
            value={every}
            onChange={({ currentTarget }) => onChange({ ...automation, every: currentTarget.value })}
          />
          <Checkbox
            mb={8}
            label={t('automation.once')}
            checked={once === true}
            onChange={({ currentTarget }) =>
              onChange(withPart(automation, 'once', currentTarget.checked || undefined))
            }
          />
        </Group>
      )}
    </>
  );
}
