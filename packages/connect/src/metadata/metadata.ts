import type { ColumnType, Row, Source } from '../engine/shape.ts';
import { proceduresOf } from '../procedures.ts';
import type { RestConnection } from '../rest/open.ts';
import { accessOf, type RestTable } from '../rest/tables.ts';

interface MetadataTable {
  name: string;
  columns: [name: string, type: ColumnType][];
  rows(signal: AbortSignal): Promise<Row[]> | Row[];
}

const catalog = 'Renkei';

/** JDBC type numbers, which CData's tables give beside the names. */
const jdbcTypes: Record<ColumnType, number> = {
  String: 12,
  Integer: 4,
  Boolean: -7,
  Datetime: 93,
  Date: 91,
  Double: 8,
};

const text = (...names: string[]): [string, ColumnType][] => names.map((name) => [name, 'String']);
const place = text('CatalogName', 'SchemaName');

/** The `sys_` tables, made from the same description as the tables themselves (connector §3.4). */
export function createMetadata(parts: RestConnection, views: ReadonlyMap<string, string>): Source {
  const { source, settings } = parts;
  const schema = source.description.name;
  const browsable = new Set(settings.list('BrowsableSchemas').map((name) => name.toLowerCase()));
  const shown = (name: string) => browsable.size === 0 || browsable.has(name.toLowerCase());

  const allowed = (property: 'Tables' | 'Views', name: string) => {
    const names = settings.list(property).map((one) => one.toLowerCase());
    return names.length === 0 || names.includes(name.toLowerCase());
  };
  const listed = (): RestTable[] =>
    shown(schema)
      ? source
          .restTables()
          .filter(({ description }) => allowed(description.view ? 'Views' : 'Tables', description.name))
      : [];
  const userViews = () => (shown('UserViews') ? [...views.keys()] : []);

  const keyRows = (): Row[] =>
    listed()
      .filter(({ description }) => description.key)
      .map(({ description }) => [
        catalog,
        schema,
        description.name,
        description.key!,
        1,
        `PK_${description.name}`,
      ]);

  const tables: MetadataTable[] = [
    { name: 'sys_catalogs', columns: text('CatalogName'), rows: () => [[catalog]] },
    {
      name: 'sys_schemas',
      columns: place,
      rows: () =>
        [schema, ...(views.size > 0 ? ['UserViews'] : [])].filter(shown).map((name) => [catalog, name]),
    },
    {
      name: 'sys_tables',
      columns: [...place, ...text('TableName', 'TableType', 'Description'), ['IsUpdateable', 'Boolean']],
      rows: () => [
        ...listed().map(
          ({ description: { name, view, description, update } }): Row => [
            catalog,
            schema,
            name,
            view ? 'VIEW' : 'TABLE',
            description ?? null,
            update && !view ? 1 : 0,
          ],
        ),
        ...userViews().map((name): Row => [catalog, 'UserViews', name, 'VIEW', null, 0]),
      ],
    },
    {
      name: 'sys_tablecolumns',
      columns: [
        ...place,
        ...text('TableName', 'ColumnName', 'DataTypeName'),
        ['DataType', 'Integer'],
        ['Length', 'Integer'],
        ['NumericPrecision', 'Integer'],
        ['NumericScale', 'Integer'],
        ['IsNullable', 'Boolean'],
        ['Description', 'String'],
        ['Ordinal', 'Integer'],
        ['IsAutoIncrement', 'Boolean'],
        ['IsGeneratedColumn', 'Boolean'],
        ['IsReadOnly', 'Boolean'],
        ['IsKey', 'Boolean'],
        ['IsHidden', 'Boolean'],
      ],
      async rows(signal) {
        await source.complete?.(
          listed().map(({ description }) => description.name),
          signal,
        );
        return listed().flatMap((table) =>
          table.columns.map((column, i): Row => {
            const key = column.name === table.description.key;
            return [
              catalog,
              schema,
              table.description.name,
              column.name,
              column.type,
              jdbcTypes[column.type],
              null,
              column.type === 'Integer' ? 19 : null,
              column.type === 'Integer' ? 0 : null,
              key || column.required ? 0 : 1,
              column.description ?? null,
              i,
              key ? 1 : 0,
              0,
              table.description.view || accessOf(table.description, column) === 'read' ? 1 : 0,
              key ? 1 : 0,
              column.hidden ? 1 : 0,
            ];
          }),
        );
      },
    },
    {
      name: 'sys_procedures',
      columns: [...place, ...text('ProcedureName', 'Description')],
      rows: () => proceduresOf(parts).map(({ name, description }) => [catalog, schema, name, description]),
    },
    {
      name: 'sys_procedureparameters',
      columns: [
        ...place,
        ...text('ProcedureName', 'ColumnName', 'Direction', 'DataTypeName'),
        ['IsRequired', 'Boolean'],
        ...text('DefaultValue', 'Description'),
      ],
      rows: () =>
        proceduresOf(parts).flatMap(({ name, inputs, outputs }) => [
          ...inputs.map(
            (one): Row => [
              catalog,
              schema,
              name,
              one.name,
              'IN',
              'String',
              one.required ? 1 : 0,
              one.default || null,
              one.description,
            ],
          ),
          ...outputs.map((output): Row => [catalog, schema, name, output, 'OUT', 'String', 0, null, null]),
        ]),
    },
    {
      name: 'sys_keycolumns',
      columns: [...place, ...text('TableName', 'ColumnName'), ['KeySeq', 'Integer'], ['KeyName', 'String']],
      rows: keyRows,
    },
    {
      name: 'sys_primarykeys',
      columns: [...place, ...text('TableName', 'ColumnName'), ['KeySeq', 'Integer'], ['KeyName', 'String']],
      rows: keyRows,
    },
    {
      name: 'sys_foreignkeys',
      columns: [...place, ...text('TableName', 'ColumnName', 'ReferencedTableName', 'ReferencedColumnName')],
      rows: () =>
        listed().flatMap(({ description, columns }) =>
          columns
            .filter((column) => column.references)
            .map((column): Row => {
              const [table, name] = column.references!.split('.');
              return [catalog, schema, description.name, column.name, table!, name!];
            }),
        ),
    },
    {
      name: 'sys_indexes',
      columns: [...place, ...text('TableName', 'IndexName', 'ColumnName'), ['IsUnique', 'Boolean']],
      rows: () => keyRows().map((row) => [row[0]!, row[1]!, row[2]!, row[5]!, row[3]!, 1]),
    },
    {
      name: 'sys_connection_props',
      columns: [...text('Name', 'Value', 'Default', 'Category', 'Description'), ['IsSecret', 'Boolean']],
      rows: () =>
        settings.properties.map((property): Row => {
          const value = settings.text(property.name);
          return [
            property.name,
            property.secret && value !== '' ? '********' : value,
            property.default,
            property.group,
            property.description,
            property.secret ? 1 : 0,
          ];
        }),
    },
    {
      name: 'sys_sqlinfo',
      columns: text('Name', 'Value'),
      rows: () => Object.entries(sqlInfo),
    },
    { name: 'sys_identity', columns: [['Id', 'Integer']], rows: () => [] },
    {
      name: 'sys_information',
      columns: text('Product', 'Version', 'DataSource', 'Address'),
      rows: () => [['@renkei/connect', '0.1.0', schema, settings.text('URL')]],
    },
  ];

  return {
    tables: () =>
      tables.map(({ name, columns }) => ({
        name,
        columns: columns.map(([column, type]) => ({ name: column, type })),
        plans: [{ label: 'connection', uses: [] }],
      })),
    async *scan({ table }, signal) {
      yield await tables.find(({ name }) => name === table)!.rows(signal);
    },
  };
}

/** What SQL this library understands, under CData's names. */
const sqlInfo: Record<string, string> = {
  IDENTIFIER_QUOTE_OPEN_CHAR: '[',
  IDENTIFIER_QUOTE_CLOSE_CHAR: ']',
  SUPPORTED_OPERATORS:
    '=, >, <, >=, <=, <>, !=, LIKE, NOT LIKE, IN, NOT IN, IS NULL, IS NOT NULL, BETWEEN, CONTAINS, AND, OR',
  COUNT: 'YES',
  AGGREGATE_FUNCTIONS: 'AVG, COUNT, MAX, MIN, SUM',
  GROUP_BY: 'YES',
  OUTER_JOINS: 'YES',
  OJ_CAPABILITIES: 'LEFT, RIGHT, FULL, NESTED',
  SUBQUERIES: 'YES',
  UNIONS: 'YES',
  LIMIT: 'YES',
  TOP: 'YES',
  TRANSACTIONS: 'NO',
};
