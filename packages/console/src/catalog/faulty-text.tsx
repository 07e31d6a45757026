import { Box, Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

/** So many lines around a mistake are shown with it. */
const around = 2;

/** The parts of a text that hold mistakes, with line numbers; each mistake stands under its line. */
export function FaultyText({
  text,
  faults,
}: {
  text: string;
  faults: readonly { line: number; detail: string }[];
}) {
  const { t } = useTranslation();
  const lines = text.split(/\r\n|\r|\n/);
  const shown = new Set(
    faults.flatMap(({ line }) => Array.from({ length: 2 * around + 1 }, (_, step) => line - around + step)),
  );
  const numbers = [...shown].filter((number) => number >= 1 && number <= lines.length).sort((a, b) => a - b);
  const beyond = faults.filter(({ line }) => line < 1 || line > lines.length);
  return (
    <Box
      className="faulty"
      role="region"
      aria-label={t('workspace.faults', { count: faults.length })}
      tabIndex={0}
    >
      {numbers.map((number, index) => {
        const here = faults.filter(({ line }) => line === number);
        return (
          <Fragment key={number}>
            {index > 0 && numbers[index - 1] !== number - 1 && <div className="mono">⋮</div>}
            <div className={here.length > 0 ? 'mono faulty-line' : 'mono'}>
              <span className="line-number">{number}</span>
              {lines[number - 1]}
            </div>
            {here.map(({ detail }) => (
              <Text size="sm" key={detail} className="fault">
                {t('workspace.line', { line: number, message: detail })}
              </Text>
            ))}
          </Fragment>
        );
      })}
      {beyond.map(({ line, detail }) => (
        <Text size="sm" key={`${line} ${detail}`}>
          {t('workspace.line', { line, message: detail })}
        </Text>
      ))}
    </Box>
  );
}
