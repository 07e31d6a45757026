import { useQuery } from '@tanstack/react-query';
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
/** How often lists of what happens by itself are asked for again, in milliseconds. */
export const liveMs = 3_000;

export function useDelivery(id: string) {
  return useQuery({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) =>
      request<Delivery & { body: string | null; attempts: Attempt[] }>('GET', `${deliveriesPath}/${id}`, {
        signal,
      }),
    refetchInterval: liveMs,
  });
}

export function replay(id: number): Promise<Delivery> {
  return request('POST', `${deliveriesPath}/${id}/replay`);
}
