import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { request } from './request.ts';

export const deliveryStates = ['pending', 'running', 'done', 'failed', 'paused', 'cancelled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type Delivery = {
  id: number;
  at: string;
  app: number;
  record: number;
  automation: string;
  operation: string;
  state: DeliveryState;
  tries: number;
  nextAttemptAt: string | null;
};
export type Attempt = {
  at: string;
  durationMs: number;
  status: number | null;
  error: string | null;
  response: string | null;
};
export type ErrorLogItem = {
  id: number;
  at: string;
  automation: string;
  record: number | null;
  operation: string;
  status: number | null;
  message: string;
};

export const deliveriesPath = '/v1/deliveries';

export function useDelivery(id: string) {
  const queryKey = ['delivery', id];
  const refetchInterval = useLive('deliveries', queryKey);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      request<Delivery & { body: string | null; attempts: Attempt[] }>('GET', `${deliveriesPath}/${id}`, {
        signal,
      }),
    refetchInterval,
  });
}

export function replay(id: number): Promise<Delivery> {
  return request('POST', `${deliveriesPath}/${id}/replay`);
}
