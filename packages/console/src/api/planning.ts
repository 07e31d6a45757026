import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import type { Page } from './request.ts';
import { request } from './request.ts';

export type Labelled = { label: string; name: { ja?: string; en?: string } };
export type PlanningForm = Labelled & {
  ledger: string;
  exports: boolean;
  imports: boolean;
  parameters: (Labelled & { members: Labelled[] })[];
  rows: Labelled[];
};
export type PlanningApplication = Labelled & { type: string; participants: string[]; forms: PlanningForm[] };
/** Amounts are exact decimals as text. */
export type FormTable = {
  dimensions: Labelled[];
  columnDimension?: Labelled;
  columns: Labelled[];
  rows: { members: Labelled[]; cells: (string | null)[] }[];
  totals: { account: Labelled; cells: (string | null)[] }[];
  truncated: boolean;
};

export function useApplications() {
  return useQuery({
    queryKey: ['planning'],
    queryFn: ({ signal }) =>
      request<Page<PlanningApplication>>('GET', '/v1/planning/applications', { signal }),
  });
}

export function useFormTable(
  application: string,
  form: string,
  povs: Readonly<Record<string, string>>,
  participant: string,
) {
  const query = new URLSearchParams(
    Object.entries(povs).map(([name, member]) => ['pov', `${name}=${member}`]),
  );
  if (participant !== '') query.set('participant', participant);
  const path = `/v1/planning/applications/${encodeURIComponent(application)}/forms/${encodeURIComponent(form)}/table`;
  const queryKey = ['planning', path, String(query)];
  const refetchInterval = useLive(`planning:${application}`, queryKey);
  return useQuery({
    queryKey,
    refetchInterval,
    queryFn: ({ signal }) => request<FormTable>('GET', `${path}?${query}`, { signal }),
  });
}
