import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SubscriptionState } from '../api/catalog.ts';

const colors: Record<SubscriptionState, string> = {
  PENDING: 'blue',
  ACTIVE: 'green',
  SUSPENDED: 'orange',
  PENDING_UPD: 'blue',
  SUSPENDED_UPD: 'orange',
  EXPIRED: 'orange',
  DEACTIVATED: 'gray',
  INVALID: 'red',
};

export function SubscriptionStateBadge({ state }: { state: SubscriptionState }) {
  const { t } = useTranslation();
  return (
    <Badge color={colors[state]} variant="dot" tt="none">
      {t(`sub.state.${state}`)}
    </Badge>
  );
}
