import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WorkspaceFault } from '../api/workspace.ts';
import { readYaml } from '../workspace/read-yaml.ts';

/** What the server finds wrong with a draft, at the lines of the file beside it. */
export function DraftFaults({ faults, text }: { faults: readonly WorkspaceFault[]; text: string }) {
  const { t } = useTranslation();
  if (faults.length === 0) return null;
  const { place } = readYaml(text);
  return (
    <Alert role="alert" color="red" title={t('workspace.faults', { count: faults.length })}>
      {faults.map(place).map(({ line, message }) => (
        <Text size="sm" key={`${line} ${message}`}>
          {t('workspace.line', { line, message })}
        </Text>
      ))}
    </Alert>
  );
}
