import { Alert, Button, Checkbox, Fieldset, Group, MultiSelect, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../api/apps.ts';
import { removed, replaced, withPart } from './change.ts';
import { ConditionEditor } from './condition-editor.tsx';
import type { AccessRule, FieldDeclaration } from './declaration.ts';
import { SubjectInput } from './subject-input.tsx';

const operations: readonly Operation[] = [
  'view',
  'add',
  'change',
  'delete',
  'import',
  'export',
  'administer',
];
const subjects = ['everyone', 'user', 'group', 'role', 'field'] as const;

/** The three layers of rights: the app as a whole, records that meet a condition, single fields. */
const layers = ['app', 'records', 'fields'] as const;
type Layer = (typeof layers)[number];

function layerOf({ when, allow }: AccessRule): Layer {
  if (when) return 'records';
  return allow ? 'app' : 'fields';
}

function emptyRule(layer: Layer, fields: readonly FieldDeclaration[]): AccessRule {
  const subject = 'everyone';
  if (layer === 'fields') return { subject, hideFields: [] };
  if (layer === 'app') return { subject, allow: ['view'] };
  return { subject, allow: ['view'], when: { all: [{ field: fields[0]?.name ?? '', op: '=', value: '' }] } };
}

/** Who may do what; without any rule everybody who is signed in may do everything but administer. */
export function AccessEditor({
  access,
  fields,
  onChange,
}: {
  access: readonly AccessRule[] | undefined;
  fields: readonly FieldDeclaration[];
  onChange(access: AccessRule[] | undefined): void;
}) {
  const { t } = useTranslation();
  const rules = access ?? [];
  const change = (list: AccessRule[]) => onChange(list.length > 0 ? list : undefined);

  return (
    <Stack>
      {rules.length === 0 && <Alert>{t('access.none')}</Alert>}
      {rules.length > 0 && !rules.some(({ allow }) => allow) && (
        <Alert color="yellow">{t('access.onlyNarrow')}</Alert>
      )}
      {layers.map((layer) => (
        <Stack key={layer} gap="xs">
          <Title order={3} size="h5">
            {t(`access.${layer}`)}
          </Title>
          <Text size="sm">{t(`access.${layer}Hint`)}</Text>
          {rules.map(
            (rule, index) =>
              layerOf(rule) === layer && (
                <RuleCard
                  // biome-ignore lint/suspicious/noArrayIndexKey: rules have no identity but their place
                  key={index}
                  number={index + 1}
                  rule={rule}
                  fields={fields}
                  onChange={(changed) => change(replaced(rules, index, changed))}
                  onRemove={() => change(removed(rules, index))}
                />
              ),
          )}
          <Group>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => change([...rules, emptyRule(layer, fields)])}
            >
              {t(`access.add.${layer}`)}
            </Button>
          </Group>
        </Stack>
      ))}
    </Stack>
  );
}

function RuleCard({
  number,
  rule,
  fields,
  onChange,
  onRemove,
}: {
  number: number;
  rule: AccessRule;
  fields: readonly FieldDeclaration[];
  onChange(rule: AccessRule): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const { subject, allow, when, hideFields = [], readOnlyFields = [] } = rule;
  const layer = layerOf(rule);
  const names = fields.map(({ name }) => name).filter((name) => name !== '');
  const fieldLists = layer === 'fields' || hideFields.length > 0 || readOnlyFields.length > 0;
  // the layer would change under the hands of who takes the last right or name away
  const keptList = (list: string[]) => (list.length > 0 || layer === 'fields' ? list : undefined);

  return (
    <Fieldset legend={t('access.rule', { number })}>
      <Stack gap="xs">
        <SubjectInput
          label={t('access.who')}
          kinds={subjects}
          value={subject}
          fields={fields}
          onChange={(to) => onChange({ ...rule, subject: to })}
        />
        {allow && (
          <Checkbox.Group
            label={t('access.may')}
            value={allow}
            onChange={(chosen) =>
              onChange({ ...rule, allow: operations.filter((one) => chosen.includes(one)) })
            }
          >
            <Group gap="sm">
              {operations.map((operation) => (
                <Checkbox key={operation} value={operation} label={t(`access.may.${operation}`)} />
              ))}
            </Group>
          </Checkbox.Group>
        )}
        {when && (
          <ConditionEditor
            label={t('access.when')}
            value={when}
            fields={fields}
            onChange={(to) => onChange(withPart(rule, 'when', to))}
          />
        )}
        {fieldLists && (
          <Group grow align="flex-start">
            <MultiSelect
              searchable
              label={t('access.hide')}
              data={names}
              value={hideFields}
              onChange={(chosen) => onChange(withPart(rule, 'hideFields', keptList(chosen)))}
            />
            <MultiSelect
              searchable
              label={t('access.readOnly')}
              data={names}
              value={readOnlyFields}
              onChange={(chosen) =>
                onChange(withPart(rule, 'readOnlyFields', chosen.length > 0 ? chosen : undefined))
              }
            />
          </Group>
        )}
        <Group>
          <Button size="xs" variant="subtle" color="red" onClick={onRemove}>
            {t('access.remove', { number })}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
