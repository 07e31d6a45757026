import { Anchor, Breadcrumbs, Button, Code, Group, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { type TrafficDetail, useTrafficRequest } from '../api/traffic.ts';
import { pretty } from '../frame/pretty.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';
import { asCurl } from './as-curl.ts';
import { roundMs, StatusBadge } from './traffic-page.tsx';

/** One request: headers and the beginnings of both bodies, secrets masked, and how to send it again. */
export function RequestPage() {
  const { t } = useTranslation();
  const { request: id = '' } = useParams();
  const found = useTrafficRequest(id);
  if (found.error) return <Problem error={found.error} retry={() => found.refetch()} />;
  if (!found.data) return <Loader aria-label={t('loading')} />;
  const { method, path, at, status, durationMs, dialect, user, address, requestId, listener } = found.data;
  const title = t('traffic.title', { id });

  return (
    <Stack>
      <title>{`${title} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/traffic">
          {t('frame.traffic')}
        </Anchor>
        <Anchor component={Link} to={`/traffic?dialect=${dialect}`}>
          {t(`dialect.${dialect}`)}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2">
        {title}
      </Title>
      <Code block className="code" tabIndex={0}>
        {method} {path}
      </Code>
      <Group>
        <StatusBadge status={status} />
        <Text size="sm">{instantText(at)}</Text>
        <Text size="sm">{t('traffic.ms', { ms: roundMs(durationMs) })}</Text>
      </Group>
      <Text size="sm">
        {t('traffic.from', { user: user ?? t('traffic.nobody'), address, listener, requestId })}
      </Text>
      <AsCurl detail={found.data} />
      <Message
        title={t('traffic.asked', { count: found.data.requestBytes })}
        headers={found.data.requestHeaders}
        body={found.data.requestBody}
      />
      <Message
        title={t('traffic.answered', { count: found.data.responseBytes })}
        headers={found.data.responseHeaders}
        body={found.data.responseBody}
      />
    </Stack>
  );
}

function AsCurl({ detail }: { detail: TrafficDetail }) {
  const { t } = useTranslation();
  const { command, placeholders } = asCurl(detail, window.location.origin);
  return (
    <Stack gap="xs" align="flex-start">
      <Group>
        <Title order={2} size="h4">
          {t('traffic.curl')}
        </Title>
        <Button
          size="xs"
          variant="default"
          onClick={() => copy(command).then((done) => tell(t(done ? 'traffic.copied' : 'traffic.notCopied')))}
        >
          {t('traffic.copy')}
        </Button>
      </Group>
      {placeholders.length > 0 && (
        <Text size="sm">
          {t('traffic.placeholders', { names: placeholders.map((one) => `$${one}`).join(', ') })}
        </Text>
      )}
      <Code block className="code wide" tabIndex={0} id="as-curl">
        {command}
      </Code>
    </Stack>
  );
}

/** By the clipboard, which browsers give to pages under HTTPS or on this machine only; else marks the text. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const place = document.querySelector('#as-curl');
    if (place) window.getSelection()?.selectAllChildren(place);
    return false;
  }
}

function Message({
  title,
  headers,
  body,
}: {
  title: string;
  headers: Record<string, string>;
  body: string | null;
}) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Table className="mono" aria-label={t('traffic.headers', { of: title })}>
        <Table.Tbody>
          {Object.entries(headers).map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td className="anywhere">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {body !== null && (
        <Code block className="code" tabIndex={0}>
          {pretty(body)}
        </Code>
      )}
    </Stack>
  );
}
