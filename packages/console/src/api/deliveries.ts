import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { type Page, request } from './request.ts';

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
  /** Address and headers, without secrets; null for mails and writes. */
  request: { url: string; headers: Record<string, string> } | null;
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

export type ReplayChoice = { app: string; automation?: string; from?: string; to?: string };

/** How many failed deliveries fit. */
export async function countReplays(choice: ReplayChoice): Promise<number> {
  const body = { ...choice, dryRun: true };
  return (await request<{ replayed: number }>('POST', `${deliveriesPath}/replay`, { body })).replayed;
}

/** Sends all failed deliveries that fit again. @returns how many */
export async function replayAll(choice: ReplayChoice): Promise<number> {
  return (await request<{ replayed: number }>('POST', `${deliveriesPath}/replay`, { body: choice })).replayed;
}

export type Automation = {
  title: string;
  enabled: boolean;
  actions: ('webhook' | 'mail' | 'write')[];
  url: string | null;
};

function automationsPath(app: string | number): string {
  return `/v1/apps/${encodeURIComponent(app)}/automations`;
}

/** The automations of an app that the user administers. */
export function useAutomations(app: string) {
  const queryKey = ['automations', app];
  const refetchInterval = useLive(app === '' ? [] : 'workspace', queryKey);
  return useQuery({
    queryKey,
    enabled: app !== '',
    queryFn: ({ signal }) => request<Page<Automation>>('GET', automationsPath(app), { signal }),
    refetchInterval,
  });
}

export function setAutomationEnabled(app: string | number, title: string, enabled: boolean): Promise<void> {
  return request('PATCH', automationsPath(app), { body: { title, enabled } });
}

export type Outcome = Omit<Attempt, 'durationMs'> & { ms: number };

/** Sends a record's payload now, whether the automation is enabled or not. */
export function testSend(app: string, title: string, record: number): Promise<Outcome> {
  return request('POST', `${automationsPath(app)}/test`, { body: { title, record } });
}

export type Pause = { app: number; automation: string; since: string; reason: string };

/** Automations whose target kept failing. */
export function usePauses() {
  const queryKey = ['pauses'];
  const refetchInterval = useLive(['deliveries', 'workspace'], queryKey);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => request<{ items: Pause[] }>('GET', '/v1/automations/pauses', { signal }),
    refetchInterval,
  });
}

/** Sends what waits of a paused automation. @returns how many */
export async function resumeAutomation(app: number, title: string): Promise<number> {
  const body = { title };
  return (await request<{ resumed: number }>('POST', `${automationsPath(app)}/resume`, { body })).resumed;
}

export type Loop = {
  app: number;
  automation: string;
  record: number;
  count: number;
  first: string;
  last: string;
};

/** Records that called the same automation again and again within ten minutes. */
export function useLoops() {
  const queryKey = ['loops'];
  const refetchInterval = useLive(['deliveries', 'workspace'], queryKey);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => request<{ items: Loop[] }>('GET', '/v1/automations/loops', { signal }),
    refetchInterval,
  });
}
