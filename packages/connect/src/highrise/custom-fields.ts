import type { Api, ColumnDescription } from '../rest/description.ts';

/** Lists custom fields as columns; an account that forbids or lacks them has none. */
export function customFieldColumns(type: 'party' | 'deal', taken: readonly ColumnDescription[]) {
  return async (api: Api, signal: AbortSignal): Promise<ColumnDescription[]> => {
    const answer = await api.get(`/subject_fields.xml?type=${type}`, signal);
    const names = new Set(taken.map((column) => column.name.toLowerCase()));
    return (answer?.parts('subject-fields/subject-field') ?? []).map((field) => {
      const id = String(field.cell('id'));
      const name = distinct(String(field.cell('label') ?? `CustomField${id}`), names);
      return {
        name,
        type: 'String',
        description: `Custom field ${id}`,
        read: (row) =>
          row
            .parts('subject_datas/subject_data')
            .find((value) => value.cell('subject_field_id') === id)
            ?.cell('value'),
        // Named by subject_field_id, which also creates a value that is not there yet (connector §2.8).
        write: (value, body) =>
          body.add('subject_datas', 'subject_data', { subject_field_id: Number(id), value }),
      };
    });
  };
}

/** A label as a column name; equal labels get a number (contract §7). */
function distinct(label: string, names: Set<string>): string {
  let name = label;
  for (let number = 2; names.has(name.toLowerCase()); number += 1) name = `${label}_${number}`;
  names.add(name.toLowerCase());
  return name;
}
