import { Anchor, Group, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { dialects, type Step, type TrafficDialect, type TrafficSeries } from '../api/traffic.ts';
import { instantText } from '../records/value-text.ts';

/** Told apart by people who do not see colours well, on light and dark alike. */
const colors: Record<TrafficDialect, string> = {
  appsuite: '#1c7ed6',
  ssm: '#e8590c',
  fusion_place: '#2f9e44',
  oscm: '#ae3ec9',
  native: '#868e96',
};
const errorColor = '#e03131';
const stepMs: Record<Step, number> = { minute: 60_000, hour: 3_600_000 };
/** Of the drawing, in its own units; `errors` is the height of the strip below. */
const size = { width: 600, height: 120, errors: 30, gap: 12 };

/**
 * Requests by dialect over time, and below the errors among them. Drawn by hand: the chart library alone would take
 * a third of what the first load may weigh.
 */
export default function TrafficChart({ series }: { series: TrafficSeries }) {
  const { t } = useTranslation();
  const steps = stepsOf(series);
  const most = Math.max(1, ...steps.map(({ requests }) => requests));
  const mostErrors = Math.max(1, ...steps.map(({ errors }) => errors));
  const slot = size.width / steps.length;
  const total = (key: 'requests' | 'errors') => steps.reduce((sum, step) => sum + step[key], 0);
  const bottom = size.height + size.gap + size.errors;

  return (
    <>
      <svg
        role="img"
        aria-label={t('home.chart', { requests: total('requests'), errors: total('errors') })}
        viewBox={`0 0 ${size.width} ${bottom}`}
        preserveAspectRatio="none"
        className="traffic-chart"
      >
        {steps.map(({ at, by, errors, requests }, index) => {
          let y = size.height;
          return (
            <g key={at}>
              <title>
                {t('home.step', { at: instantText(new Date(at).toISOString()), requests, errors })}
              </title>
              {dialects.map((dialect) => {
                const height = (size.height * (by.get(dialect) ?? 0)) / most;
                if (height === 0) return null;
                y -= height;
                return (
                  <rect
                    key={dialect}
                    x={index * slot}
                    y={y}
                    width={slot * 0.85}
                    height={height}
                    fill={colors[dialect]}
                  />
                );
              })}
              {errors > 0 && (
                <rect
                  x={index * slot}
                  y={bottom - (size.errors * errors) / mostErrors}
                  width={slot * 0.85}
                  height={(size.errors * errors) / mostErrors}
                  fill={errorColor}
                />
              )}
            </g>
          );
        })}
        <line x1="0" x2={size.width} y1={size.height} y2={size.height} className="axis" />
        <line x1="0" x2={size.width} y1={bottom} y2={bottom} className="axis" />
      </svg>
      <Group justify="space-between">
        <Text size="xs">{instantText(new Date(steps[0]!.at).toISOString())}</Text>
        <Text size="xs">{t('home.most', { requests: most, errors: mostErrors })}</Text>
        <Text size="xs">{instantText(series.to)}</Text>
      </Group>
      <Totals series={series} />
    </>
  );
}

/** The same figures for those who cannot see the drawing, and the way to the requests themselves. */
function Totals({ series: { items } }: { series: TrafficSeries }) {
  const { t } = useTranslation();
  const rows = dialects.flatMap((dialect) => {
    const own = items.filter((item) => item.dialect === dialect);
    const sum = (key: 'requests' | 'errors') => own.reduce((all, item) => all + item[key], 0);
    return own.length === 0 ? [] : [{ dialect, requests: sum('requests'), errors: sum('errors') }];
  });
  return (
    <Table aria-label={t('frame.traffic')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('log.dialect')}</Table.Th>
          <Table.Th>{t('home.requests')}</Table.Th>
          <Table.Th>{t('home.errors')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ dialect, requests, errors }) => (
          <Table.Tr key={dialect}>
            <Table.Td>
              <svg width="10" height="10" aria-hidden className="swatch">
                <rect width="10" height="10" fill={colors[dialect]} />
              </svg>{' '}
              <Anchor component={Link} to={`/traffic?dialect=${dialect}`}>
                {t(`dialect.${dialect}`)}
              </Anchor>
            </Table.Td>
            <Table.Td className="amount">{requests}</Table.Td>
            <Table.Td className="amount">
              {errors === 0 ? (
                0
              ) : (
                <Anchor
                  component={Link}
                  to={`/traffic?dialect=${dialect}&status=errors`}
                  aria-label={t('home.errorsOf', { errors, dialect: t(`dialect.${dialect}`) })}
                >
                  {errors}
                </Anchor>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

type StepFigures = { at: number; by: Map<TrafficDialect, number>; requests: number; errors: number };

/** Every step from the first to the last, those without requests too. */
function stepsOf({ from, to, step, items }: TrafficSeries): StepFigures[] {
  const length = stepMs[step];
  const first = Math.floor(Date.parse(from) / length);
  const last = Math.floor(Date.parse(to) / length);
  const steps = Array.from(
    { length: last - first + 1 },
    (_, index): StepFigures => ({
      at: (first + index) * length,
      by: new Map(),
      requests: 0,
      errors: 0,
    }),
  );
  for (const { at, dialect, requests, errors } of items) {
    const found = steps[Math.floor(Date.parse(at) / length) - first];
    if (!found) continue;
    found.by.set(dialect, requests);
    found.requests += requests;
    found.errors += errors;
  }
  return steps;
}
