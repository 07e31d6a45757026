import { Badge, List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Change } from '../api/workspace.ts';

const colors: Record<string, string> = { add: 'green', change: 'blue', remove: 'red' };

/** What applying does, object by object. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <Text>{t('workspace.same')}</Text>;
  return (
    <List spacing={4} listStyleType="none" aria-label={t('workspace.changes')}>
      {changes.map(({ action, kind, id, details = [] }) => (
        <List.Item key={`${kind} ${id} ${action}`}>
          <Badge color={colors[action] ?? 'gray'} variant="dot" mr="xs">
            {action}
          </Badge>
          <Text span size="sm">
            {kind} {id}
          </Text>
          {details.map((detail) => (
            <Text size="xs" key={detail} ml="lg">
              {detail}
            </Text>
          ))}
        </List.Item>
      ))}
    </List>
  );
}
