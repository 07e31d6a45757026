import { useComputedColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { type Bill, billParts, monthText } from './bill.ts';

/** Told apart by people who do not see colours well, on light and dark alike. */
const colors = ['#1c7ed6', '#e8590c', '#2f9e44', '#ae3ec9', '#f08c00'];

/** Bills by month, their parts one on the other; parts that never cost anything are left out. */
export default function BillsChart({ bills }: { bills: readonly Bill[] }) {
  const { t } = useTranslation();
  const ink = useComputedColorScheme('light') === 'dark' ? '#ced4da' : '#495057';
  const parts = billParts.filter((part) => bills.some((bill) => Number(bill[part]) > 0));
  const bars = bills.map((bill) => ({
    month: monthText(bill.from),
    ...Object.fromEntries(parts.map((part) => [part, Number(bill[part])])),
  }));
  return (
    <div role="img" aria-label={t('bill.chart')} className="chart">
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={bars} accessibilityLayer={false}>
          <CartesianGrid strokeDasharray="3 3" stroke={ink} strokeOpacity={0.3} />
          <XAxis dataKey="month" stroke={ink} />
          <YAxis stroke={ink} width={90} />
          <Tooltip contentStyle={{ color: '#212529' }} itemStyle={{ color: '#212529' }} />
          <Legend formatter={(name: string) => <span style={{ color: ink }}>{name}</span>} />
          {parts.map((part) => (
            <Bar
              key={part}
              stackId="bill"
              dataKey={part}
              name={t(`bill.${part}`)}
              fill={colors[billParts.indexOf(part)] ?? ink}
              isAnimationActive={false}
              maxBarSize={80}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
