import {
  ActionIcon,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NativeSelect,
  PasswordInput,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { numberOrText, removed, replaced, withPart } from './change.ts';
import type { AppDeclaration, AutomationDeclaration, FieldDeclaration } from './declaration.ts';
import { SubjectInput } from './subject-input.tsx';

type Webhook = NonNullable<AutomationDeclaration['webhook']>;
type Mail = NonNullable<AutomationDeclaration['mail']>;
type Write = NonNullable<AutomationDeclaration['write']>;

export function WebhookEditor({ webhook, onChange }: { webhook: Webhook; onChange(webhook: Webhook): void }) {
  const { t } = useTranslation();
  const secret = (key: 'accessToken' | 'signingSecret') => (
    <PasswordInput
      label={t(`automation.${key}`)}
      value={webhook[key] ?? ''}
      autoComplete="off"
      visibilityToggleButtonProps={{ 'aria-label': t('automation.showSecret') }}
      onChange={({ currentTarget }) => onChange(withPart(webhook, key, currentTarget.value || undefined))}
    />
  );
  const number = (key: 'retries' | 'pauseAfter') => (
    <TextInput
      label={t(`automation.${key}`)}
      description={t(`automation.${key}Hint`)}
      inputMode="numeric"
      value={webhook[key] ?? ''}
      onChange={({ currentTarget }) => onChange(withPart(webhook, key, numberOrText(currentTarget.value)))}
    />
  );
  return (
    <Fieldset legend={t('automation.webhook')}>
      <Stack gap="xs">
        <TextInput
          label={t('designer.webhookUrl')}
          type="url"
          value={webhook.url}
          onChange={({ currentTarget }) => onChange({ ...webhook, url: currentTarget.value })}
          required
        />
        <Group grow align="flex-start">
          {secret('accessToken')}
          {secret('signingSecret')}
        </Group>
        <Group grow align="flex-start">
          {number('retries')}
          {number('pauseAfter')}
        </Group>
        <Checkbox
          label={t('automation.ordered')}
          checked={webhook.ordered === true}
          onChange={({ currentTarget }) =>
            onChange(withPart(webhook, 'ordered', currentTarget.checked || undefined))
          }
        />
      </Stack>
    </Fieldset>
  );
}

export function MailEditor({
  mail,
  fields,
  onChange,
}: {
  mail: Mail;
  fields: readonly FieldDeclaration[];
  onChange(mail: Mail): void;
}) {
  const { t } = useTranslation();
  const { to, subject, body } = mail;
  return (
    <Fieldset legend={t('automation.mail')}>
      <Stack gap="xs">
        {to.map((recipient, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: recipients have no identity but their place
          <Group key={index} align="flex-end" gap="xs">
            <SubjectInput
              label={t('automation.to', { number: index + 1 })}
              kinds={['address', 'user', 'group', 'field']}
              value={recipient}
              fields={fields}
              onChange={(changed) => onChange({ ...mail, to: replaced(to, index, changed) })}
            />
            {to.length > 1 && (
              <ActionIcon
                mb={4}
                variant="subtle"
                color="red"
                aria-label={t('automation.removeTo', { number: index + 1 })}
                onClick={() => onChange({ ...mail, to: removed(to, index) })}
              >
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        <Group>
          <Button size="xs" variant="default" onClick={() => onChange({ ...mail, to: [...to, ''] })}>
            {t('automation.addTo')}
          </Button>
        </Group>
        <TextInput
          label={t('automation.subject')}
          description={t('automation.placeholders')}
          value={subject}
          onChange={({ currentTarget }) => onChange({ ...mail, subject: currentTarget.value })}
          required
        />
        <Textarea
          label={t('automation.body')}
          autosize
          minRows={3}
          value={body}
          onChange={({ currentTarget }) => onChange({ ...mail, body: currentTarget.value })}
        />
      </Stack>
    </Fieldset>
  );
}

/** Types that an automation cannot write. */
const computed = new Set(['formula', 'autoNumber', 'files', 'table']);

export function WriteEditor({
  write,
  apps,
  onChange,
}: {
  write: Write;
  apps: readonly AppDeclaration[];
  onChange(write: Write): void;
}) {
  const { t } = useTranslation();
  const { app, key, values } = write;
  const target = apps.find(({ id, alias }) => id === app || (alias !== undefined && alias === app));
  const names = (target?.fields ?? []).filter(({ type }) => !computed.has(type)).map(({ name }) => name);
  const written = Object.entries(values);
  const free = names.filter((name) => !Object.hasOwn(values, name));

  return (
    <Fieldset legend={t('automation.write')}>
      <Stack gap="xs">
        <Group align="flex-start">
          <NativeSelect
            label={t('automation.writeApp')}
            value={target ? String(target.id) : ''}
            data={[
              { value: '', label: '' },
              ...apps.map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
            onChange={({ currentTarget }) => {
              const chosen = apps.find(({ id }) => String(id) === currentTarget.value);
              onChange({ app: chosen?.alias ?? chosen?.id ?? '', values: {} });
            }}
          />
          <NativeSelect
            label={t('automation.writeKey')}
            description={t('automation.writeKeyHint')}
            value={key ?? ''}
            data={[{ value: '', label: t('automation.noKey') }, ...written.map(([name]) => name)]}
            onChange={({ currentTarget }) =>
              onChange(withPart(write, 'key', currentTarget.value || undefined))
            }
          />
        </Group>
        {written.map(([name, text]) => (
          <Group key={name} align="flex-end" gap="xs">
            <TextInput
              label={name}
              value={text}
              onChange={({ currentTarget }) =>
                onChange({ ...write, values: { ...values, [name]: currentTarget.value } })
              }
            />
            <ActionIcon
              mb={4}
              variant="subtle"
              color="red"
              aria-label={t('automation.removeValue', { name })}
              onClick={() =>
                onChange({
                  ...withPart(write, 'key', key === name ? undefined : key),
                  values: Object.fromEntries(written.filter(([other]) => other !== name)),
                })
              }
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        {free.length > 0 && (
          <NativeSelect
            label={t('automation.addValue')}
            description={t('automation.placeholders')}
            value=""
            data={['', ...free]}
            onChange={({ currentTarget }) =>
              currentTarget.value !== '' &&
              onChange({ ...write, values: { ...values, [currentTarget.value]: '' } })
            }
          />
        )}
      </Stack>
    </Fieldset>
  );
}
