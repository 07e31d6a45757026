import {
  Error as ConnectorError,
  DatabaseError,
  DataError,
  IntegrityError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
} from '@renkei/connect';
import { expect, test } from 'vitest';

const ofDatabase = {
  DatabaseError,
  DataError,
  OperationalError,
  IntegrityError,
  InternalError,
  ProgrammingError,
  NotSupportedError,
};

test.each(Object.entries(ofDatabase))(
  'contract §7: %s derives from DatabaseError and Error and carries its name',
  (name, Class) => {
    const error = new Class('text', { rowCount: 2, status: 422 });
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error).toBeInstanceOf(globalThis.Error);
    expect(error).toMatchObject({ name, message: 'text', rowCount: 2, status: 422 });
  },
);

test('contract §7: InterfaceError derives from Error but not from DatabaseError', () => {
  const error = new InterfaceError('text');
  expect(error).toBeInstanceOf(ConnectorError);
  expect(error).not.toBeInstanceOf(DatabaseError);
  expect(error.rowCount).toBeUndefined();
});
