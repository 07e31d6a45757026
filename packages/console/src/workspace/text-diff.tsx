import { Box, Text } from '@mantine/core';
import { diffLines } from 'diff';
import { useTranslation } from 'react-i18next';

/** Lines around a change that stay in sight. */
const around = 3;

type Line = { sign: '+' | '-' | ' '; text: string };

/** What of a text is new and what goes, line by line, with a few lines around. */
export function TextDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation();
  const lines = linesOf(before, after);
  if (lines.length === 0) return <Text size="sm">{t('diff.same')}</Text>;
  return (
    <Box className="code diff" role="region" aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no identity but their place
        <div key={index} className={line ? diffClass[line.sign] : 'diff-gap'}>
          {line ? `${line.sign} ${line.text}` : '⋯'}
        </div>
      ))}
    </Box>
  );
}

const diffClass = { '+': 'diff-added', '-': 'diff-removed', ' ': undefined };

/** Undefined stands for lines that are left out. */
function linesOf(before: string, after: string): (Line | undefined)[] {
  const all = diffLines(before, after).flatMap(({ added, removed, value }): Line[] => {
    const sign = added ? '+' : removed ? '-' : ' ';
    return value
      .replace(/\n$/, '')
      .split('\n')
      .map((text) => ({ sign, text }));
  });
  const near = new Set(
    all.flatMap(({ sign }, index) =>
      sign === ' ' ? [] : Array.from({ length: 2 * around + 1 }, (_, step) => index - around + step),
    ),
  );
  return all.flatMap((line, index) =>
    near.has(index) ? [line] : near.has(index - 1) && near.size > 0 ? [undefined] : [],
  );
}
