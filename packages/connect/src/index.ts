export { createFormat, type FormatName, formatNames } from './cli/formats.ts';
export {
  type ConnectOptions,
  checkConnectionString,
  connect,
  connectSources,
  openSource,
} from './connect.ts';
export type { Connection } from './connection.ts';
export type { Cell, Column, Cursor, Row } from './cursor.ts';
export type {
  ColumnShape,
  ColumnType,
  Operator,
  PlanShape,
  Row as SourceRow,
  ScanRequest,
  Source,
  TableShape,
  Value,
  WriteRequest,
} from './engine/shape.ts';
export {
  DatabaseError,
  DataError,
  Error,
  IntegrityError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
} from './errors.ts';
export type { Parameter, ParameterList } from './parameters.ts';
export { readSettings, type Settings } from './settings/connection-string.ts';
export { commonProperties, type Property } from './settings/properties.ts';
