import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { request } from './request.ts';

export const dialects = ['appsuite', 'ssm', 'fusion_place', 'oscm', 'native'] as const;
export type TrafficDialect = (typeof dialects)[number];
export const statusClasses = ['errors', '2xx', '3xx', '4xx', '5xx', 'none'] as const;

export type TrafficItem = {
  id: number;
  at: string;
  listener: string;
  dialect: TrafficDialect;
  method: string;
  path: string;
  status: number | null;
  durationMs: number;
  requestId: string;
  user: string | null;
  requestBytes: number;
  responseBytes: number;
  address: string;
};
export type TrafficDetail = TrafficItem & {
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  requestBody: string | null;
  responseBody: string | null;
};
export type TrafficPoint = { at: string; dialect: TrafficDialect; requests: number; errors: number };
export type TrafficSeries = { from: string; to: string; step: Step; items: TrafficPoint[] };
export type Step = 'minute' | 'hour';

export const trafficPath = '/v1/traffic';

export function useTrafficRequest(id: string) {
  return useQuery({
    queryKey: [trafficPath, id],
    queryFn: ({ signal }) => request<TrafficDetail>('GET', `${trafficPath}/${id}`, { signal }),
  });
}

/** How long the chart looks back, in milliseconds. */
const spans: Record<Step, number> = { minute: 60 * 60_000, hour: 48 * 60 * 60_000 };

/** The last hour by the minute, or the last two days by the hour. */
export function useTrafficSeries(step: Step) {
  const queryKey = ['traffic-series', step];
  const refetchInterval = useLive('traffic', queryKey);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - spans[step]).toISOString();
      return request<TrafficSeries>('GET', `${trafficPath}/series`, { query: { step, from }, signal });
    },
    refetchInterval,
  });
}
