import type { ColumnShape, PlanShape, Source, SourceRow, Value } from '@renkei/connect';
import type { Caller } from '../../platform/caller.ts';
import type { LedgerSummary, Planning } from '../planning/index.ts';

const pageSize = 1000;

type Table = { ledger: LedgerSummary; columns: ColumnShape[]; plans: PlanShape[] };

/**
 * Ledgers as tables `APPLICATION_LEDGER`: a column for each dimension (those of the system without their `#`) and
 * `VALUE`; a row for each leaf combination that has a value, month by month, as far as the caller may read them.
 * Values come in through forms only.
 */
export async function createLedgersSource(planning: Planning, caller: Caller): Promise<Source> {
  const tables = new Map<string, Table>();
  for (const ledger of await planning.listLedgers(caller)) {
    const names = ledger.dimensions.map((label) => {
      const plain = label.replace(/^#/, '');
      return ledger.dimensions.includes(plain) && plain !== label ? label : plain;
    });
    tables.set(`${ledger.application}_${ledger.ledger}`, {
      ledger,
      columns: [
        ...names.map((name): ColumnShape => ({ name, type: 'String', required: true })),
        { name: 'VALUE', type: 'Double' },
      ],
      plans: [
        ...names.map(
          (name): PlanShape => ({
            label: `values where ${name} = ?`,
            uses: [{ column: name, operators: ['='] }],
          }),
        ),
        { label: 'all values', uses: [] },
      ],
    });
  }

  async function* scan(request: Parameters<Source['scan']>[0]): AsyncGenerator<SourceRow[]> {
    const { ledger } = tables.get(request.table)!;
    const [condition] = request.conditions;
    const dimension = ledger.dimensions[request.plan];
    const only =
      condition && dimension !== undefined
        ? new Map([[dimension, String(condition.value)]])
        : new Map<string, string>();
    let page: SourceRow[] = [];
    for await (const row of planning.readLedger(caller, { ...ledger, only })) {
      page.push([...row.slice(0, -1), amount(row.at(-1)!)]);
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  return {
    tables: () =>
      [...tables].map(([name, { columns, plans }]) => ({
        name,
        columns,
        plans,
        refusal: 'values come in through forms',
      })),
    scan: (request) => scan(request),
  };
}

/** Amounts are numbers where those are exact, else text; so are the values of text accounts. */
function amount(text: string): Value {
  return text !== '' && String(Number(text)) === text ? Number(text) : text;
}
