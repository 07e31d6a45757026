export { type ConnectOptions, connect } from './connect.ts';
export type { Connection } from './connection.ts';
export type { Cell, Column, Cursor, Row } from './cursor.ts';
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
