import { useComputedColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { FormTable } from '../api/planning.ts';
import { nameOf } from './name-of.ts';

/** Told apart by people who do not see colours well, on light and dark alike. */
const colors = ['#1c7ed6', '#e8590c', '#2f9e44', '#ae3ec9', '#f08c00', '#0c8599'];

/** Totals of the accounts over the columns. The same figures are in the table; bars are near enough in doubles. */
export default function TotalsChart({ table: { columns, totals } }: { table: FormTable }) {
  const { t } = useTranslation();
  const ink = useComputedColorScheme('light') === 'dark' ? '#ced4da' : '#495057';
  const bars = columns.map((column, index) => ({
    column: nameOf(column),
    ...Object.fromEntries(totals.map(({ account, cells }) => [account.label, Number(cells[index] ?? 0)])),
  }));
  return (
    <div role="img" aria-label={t('planning.chart')} className="chart">
      <ResponsiveContainer width="100%" height={280}>
        <BarChart data={bars} accessibilityLayer={false}>
          <CartesianGrid strokeDasharray="3 3" stroke={ink} strokeOpacity={0.3} />
          <XAxis dataKey="column" stroke={ink} />
          <YAxis stroke={ink} width={90} />
          <Tooltip contentStyle={{ color: '#212529' }} itemStyle={{ color: '#212529' }} />
          <Legend formatter={(name: string) => <span style={{ color: ink }}>{name}</span>} />
          {totals.map(({ account }, index) => (
            <Bar
              key={account.label}
              dataKey={account.label}
              name={nameOf(account)}
              fill={colors[index % colors.length] ?? ink}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
