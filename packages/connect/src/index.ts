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
export { readSettings, type Settings } from './settings/connection-string.ts';
export { commonProperties, type Property } from './settings/properties.ts';
