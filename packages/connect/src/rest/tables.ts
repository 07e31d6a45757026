import type { Operator, PlanShape, TableShape } from '../engine/shape.ts';
import type { ColumnDescription, RouteDescription, TableDescription } from './description.ts';

/** A table of a REST source, with the columns the service added. */
export interface RestTable {
  description: TableDescription;
  columns: ColumnDescription[];
  /** Column names in lower case and their positions. */
  positions: Map<string, number>;
  complete: boolean;
  /** Rows seen when the whole list was last read. */
  size: number | undefined;
}

export const pathOf = (column: ColumnDescription, format: 'xml' | 'json'): string | null => {
  if (column.path !== undefined) return column.path;
  if (format === 'json') return column.name;
  return column.name.replace(/(?<=[a-z0-9])([A-Z])/g, '-$1').toLowerCase();
};

/** How a column may be written; keys are given out by the service unless a description says otherwise. */
export const accessOf = (table: TableDescription, column: ColumnDescription) =>
  column.access ?? (column.name === table.key ? 'read' : 'write');

/** A table as the engine sees it. */
export function shapeOf(
  { description: table, columns, complete }: RestTable,
  routes: RouteDescription[],
  shows: (table: string, column: string) => boolean,
): TableShape {
  const plans = routes.map((route): PlanShape => {
    const uses = Object.entries(route.where ?? {}).map(([column, operators]) => ({
      column,
      operators: operators as Operator[],
    }));
    const parameters = Object.keys(route.query ?? {}).map((name) => `${name}=?`);
    const path = [route.path].flat().join(' + ');
    return {
      label: `${route.body === undefined ? 'GET' : 'POST'} ${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`,
      uses,
      ...(route.single && uses.length === 1 ? { single: true } : {}),
    };
  });
  const paged = routes.find((route) => !route.where)?.paging;
  return {
    name: table.name,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      ...(column.hidden && !shows(table.name, column.name) ? { hidden: true } : {}),
      ...(accessOf(table, column) === 'write' ? {} : { readOnly: true }),
      ...(column.name === table.key ? { required: true } : {}),
    })),
    ...(table.view
      ? {}
      : {
          writes: {
            insert: Boolean(table.insert ?? table.area),
            update: Boolean(table.update ?? table.area),
            delete: Boolean(table.delete ?? table.area),
          },
          ...(table.area ? { together: true } : {}),
        }),
    plans,
    ...(table.key === undefined ? {} : { key: table.key }),
    ...(paged ? { pageSize: paged.size } : {}),
    ...(complete ? {} : { incomplete: true }),
    ...(table.changes ? { changes: table.changes } : {}),
    ...(table.needs === undefined ? {} : { needs: table.needs }),
  };
}
