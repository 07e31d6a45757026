import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeliveryState } from '../api/deliveries.ts';

const colors: Record<DeliveryState, string> = {
  pending: 'blue',
  running: 'blue',
  done: 'green',
  failed: 'red',
  paused: 'orange',
  cancelled: 'gray',
};

export function StateBadge({ state }: { state: DeliveryState }) {
  const { t } = useTranslation();
  return (
    <Badge color={colors[state]} variant="dot">
      {t(`delivery.state.${state}`)}
    </Badge>
  );
}
