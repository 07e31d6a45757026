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
/** A member, and whether cells may be written at it. */
export type Shown = Labelled & { leaf: boolean };
/** Amounts are exact decimals as text. */
export type FormTable = {
  dimensions: Labelled[];
  columnDimension?: Labelled;
  columns: Shown[];
  rows: { members: Shown[]; cells: (string | null)[] }[];
  totals: { account: Labelled; cells: (string | null)[] }[];
  truncated: boolean;
  /** For entry: leaf members of each of `dimensions`. */
  choices?: Labelled[][];
};

/** A form at a point of view: what is read and written. */
export type FormPlace = {
  application: string;
  form: string;
  povs: Readonly<Record<string, string>>;
  participant: string;
  edition: string;
};

function base(application: string): string {
  return `/v1/planning/applications/${encodeURIComponent(application)}`;
}

export function useApplications() {
  return useQuery({
    queryKey: ['planning'],
    queryFn: ({ signal }) =>
      request<Page<PlanningApplication>>('GET', '/v1/planning/applications', { signal }),
  });
}

export function useFormTable({ application, form, povs, participant, edition }: FormPlace, entry: boolean) {
  const query = new URLSearchParams(
    Object.entries(povs).map(([name, member]) => ['pov', `${name}=${member}`]),
  );
  if (participant !== '') query.set('participant', participant);
  query.set('edition', edition);
  if (entry) query.set('entry', 'true');
  const path = `${base(application)}/forms/${encodeURIComponent(form)}/table`;
  const queryKey = ['planning', path, String(query)];
  const refetchInterval = useLive(`planning:${application}`, queryKey);
  return useQuery({
    queryKey,
    refetchInterval,
    queryFn: ({ signal }) => request<FormTable>('GET', `${path}?${query}`, { signal }),
  });
}

export type CellWrite = { members: Record<string, string>; value: string | null };
export type Refusal = { index: number; message: string };

/** Cells of one call (native API). */
const mostCells = 1000;

/** Writes cells; those that may not be written are refused one by one, by their place in the list. */
export async function writeCells(
  { application, form, povs, participant, edition }: FormPlace,
  cells: readonly CellWrite[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let from = 0; from < cells.length; from += mostCells) {
    const { refused } = await request<{ refused: Refusal[] }>(
      'PATCH',
      `${base(application)}/forms/${encodeURIComponent(form)}/cells`,
      {
        body: {
          pov: povs,
          edition,
          ...(participant !== '' && { participant }),
          cells: cells.slice(from, from + mostCells),
        },
      },
    );
    refusals.push(...refused.map(({ index, message }) => ({ index: from + index, message })));
  }
  return refusals;
}

export type Edition = {
  key: string;
  kind: 'public' | 'workspace' | 'derived' | 'process';
  createdAt: string;
  changedAt: string | null;
  changedBy: string | null;
};

export function useEditions(application: string) {
  return useQuery({
    queryKey: ['planning', application, 'editions'],
    queryFn: ({ signal }) => request<Page<Edition>>('GET', `${base(application)}/editions`, { signal }),
  });
}

export function deriveEdition(application: string, key: string, source: string): Promise<{ key: string }> {
  return request('POST', `${base(application)}/editions`, { body: { key, source } });
}

/** What is done to an edition as a whole. */
export type EditionStep = 'publish' | 'clear' | 'discard';

export function stepEdition(application: string, key: string, step: EditionStep): Promise<void> {
  const path = `${base(application)}/editions/${encodeURIComponent(key)}`;
  if (step === 'discard') return request('DELETE', path);
  return request('POST', `${path}/${step}`, step === 'publish' ? { body: {} } : {});
}

export type PlanningImport = {
  id: number;
  at: string;
  by: string;
  form: string;
  edition: string;
  participant: string;
  pov: Record<string, string>;
  fields: string[];
  records: number;
  refused: number;
};
export type RefusedRecord = {
  record: number;
  valueField: string;
  fields: Record<string, string>;
  value: string;
  message: string;
};

export function importsPath(application: string): string {
  return `${base(application)}/imports`;
}
