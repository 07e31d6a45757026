import type { Caller } from '../../platform/caller.ts';
import type { AppError } from '../../platform/errors.ts';
import type { App, AppField, RecordRow, Records } from '../records/index.ts';
import { processOf } from './definition.ts';
import { errors } from './errors.ts';
import { transitionFault } from './rules/transitions.ts';

export { type Approval, type ProcessDeclaration, processExtension } from './definition.ts';

/** A process as its reader may see it. */
export type Process = {
  app: App;
  /** Eight digits. */
  type: string;
  /** The fields he may see. */
  fields: readonly AppField[];
  row: RecordRow;
};

/** Values by alias or name of the field. */
export type Items = Readonly<Record<string, unknown>>;

export type Processes = {
  /** The apps that are process types and that the caller may see, by type. */
  types(caller: Caller): Promise<{ type: string; name: string; app: App }[]>;
  /** @throws AppError `processes.typeNotFound` */
  type(caller: Caller, type: string): Promise<App>;
  /** A new process in the first state, with an id made from the type's pattern. */
  create(caller: Caller, app: App, items: Items): Promise<Process>;
  get(caller: Caller, app: App, id: string): Promise<Process>;
  /**
   * Changes items, state or both. Values of items that are left out stay.
   * @throws AppError `records.stale` where `revision` is not the process's; `processes.transition` and
   *   `processes.decisionOnly` where the state cannot follow
   */
  patch(
    caller: Caller,
    app: App,
    id: string,
    change: { revision?: number | undefined; state?: string | undefined; items?: Items | undefined },
  ): Promise<Process>;
};

/** Records of apps with states, transitions and approvals. */
export function createProcesses({ records }: { records: Records }): Processes {
  const form = { by: 'either', place: '/items' } as const;

  // whichever dialect changes a state: the rule holds inside the transaction of the change
  records.onChange(async (_tx, changes) => {
    for (const { app, before, after, stateChanged } of changes) {
      const process = processOf(app.declaration);
      if (!process || !stateChanged || !after?.state) continue;
      const from = before ? before.state : process.states[0]!;
      const fault = transitionFault(process, from, after.state);
      if (fault) throw fault;
    }
  });

  async function get(caller: Caller, app: App, id: string): Promise<Process> {
    const { fields, row } = await records.getProcess(caller, app, id).catch((error: AppError) => {
      // who may not view a type is not told which of its ids exist
      throw error.kind === 'notFound' || error.kind === 'forbidden' ? errors.processNotFound({ id }) : error;
    });
    return { app, type: typeOf(app), fields, row };
  }

  /** What was saved, as far as the caller may see it. */
  async function saved(caller: Caller, app: App, row: RecordRow): Promise<Process> {
    try {
      return await get(caller, app, row.process_id!);
    } catch (error) {
      if ((error as AppError).code !== 'processes.processNotFound') throw error;
      return { app, type: typeOf(app), fields: [], row };
    }
  }

  return {
    get,
    async types(caller) {
      const apps = await records.apps(caller);
      return apps
        .flatMap((app) => (processOf(app.declaration) ? [{ type: typeOf(app), name: app.name, app }] : []))
        .sort((a, b) => (a.type < b.type ? -1 : 1));
    },
    async type(caller, type) {
      const app = await records.findApp(caller, ({ declaration }) => processOf(declaration)?.type === type);
      if (!app) throw errors.typeNotFound({ type });
      return app;
    },
    async create(caller, app, items) {
      const [row] = await records.insert(caller, app, [{ values: items }], {
        form,
        operation: 'createProcess',
      });
      return saved(caller, app, row!);
    },
    async patch(caller, app, id, { revision, state, items = {} }) {
      const { row } = await get(caller, app, id);
      const change = {
        id: row.id,
        values: items,
        ...(revision !== undefined && { revision }),
        ...(state !== undefined && { state }),
      };
      const [changed] = await records.update(caller, app, [change], { form, operation: 'updateProcess' });
      return saved(caller, app, changed!);
    },
  };
}

function typeOf(app: App): string {
  return processOf(app.declaration)!.type;
}
