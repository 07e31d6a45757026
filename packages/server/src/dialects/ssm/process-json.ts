import type { Directory } from '../../modules/identity/index.ts';
import type { Process } from '../../modules/processes/index.ts';
import {
  type AppField,
  type JsonValue,
  jsonInstant,
  memberNames,
  toJson,
} from '../../modules/records/index.ts';
import { wrapRichText } from './text-rules.ts';

/** A process as this API shows it (contract §4); items by alias, by name where a field has none. */
export type ProcessJson = {
  process_type: string;
  process_id: string;
  state: string;
  revision: number;
  created_at: string;
  updated_at: string;
  items: Record<string, JsonValue>;
};

export async function processJson(process: Process, directory: Directory): Promise<ProcessJson> {
  const [shown] = await processesJson([process], directory);
  return shown!;
}

/** Processes of one type. */
export async function processesJson(
  processes: readonly Process[],
  directory: Directory,
): Promise<ProcessJson[]> {
  const fields = processes[0]?.fields ?? [];
  const names = await memberNames(
    directory,
    fields,
    processes.map(({ row }) => row),
  );
  return processes.map(({ type, row, fields }) => ({
    process_type: type,
    process_id: row.process_id ?? '',
    state: row.state ?? '',
    revision: row.revision,
    created_at: jsonInstant(row.created_at),
    updated_at: jsonInstant(row.updated_at),
    items: Object.fromEntries(
      fields.map((field) => [itemKey(field), wrapRichText(field, toJson(field, row, names))]),
    ),
  }));
}

export function itemKey({ alias, name }: AppField): string {
  return alias ?? name;
}
