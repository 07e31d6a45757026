/** What an error may carry beside its text. */
export interface ErrorDetails {
  /** Rows that a write had already done when it failed; writes take effect one by one. */
  rowCount?: number;
  /** HTTP status of the answer that caused the error. */
  status?: number;
  cause?: unknown;
}

/** Base of every error of this package (PEP 249 `Error`). Its text never holds a secret. */
class ConnectorError extends globalThis.Error {
  /** Rows done before the failure; only set by writes. */
  rowCount?: number;
  /** HTTP status behind the error, where there is one. */
  readonly status?: number;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.label;
    if (details.rowCount !== undefined) this.rowCount = details.rowCount;
    if (details.status !== undefined) this.status = details.status;
  }

  /** The class's PEP 249 name: kept apart from `Function.name`, which bundlers change. */
  static label = 'Error';
}

/** Misuse of this library: a closed cursor or connection, a bad option of `connect`. */
export class InterfaceError extends ConnectorError {
  static override label = 'InterfaceError';
}

/** Everything that goes wrong on the way to, or in, the data source. */
export class DatabaseError extends ConnectorError {
  static override label = 'DatabaseError';
}

/** A value that does not fit its column, or an answer of the service that cannot be read. */
export class DataError extends DatabaseError {
  static override label = 'DataError';
}

/** The service, the network or the authorization failed; the same statement may work later. */
export class OperationalError extends DatabaseError {
  static override label = 'OperationalError';
}

/** The service refused the content of a write (HTTP 422), or a write names a row that does not exist. */
export class IntegrityError extends DatabaseError {
  static override label = 'IntegrityError';
}

/** The engine or the service broke its own rules. */
export class InternalError extends DatabaseError {
  static override label = 'InternalError';
}

/** Wrong SQL, wrong parameters, a wrong connection string. */
export class ProgrammingError extends DatabaseError {
  static override label = 'ProgrammingError';
}

/** The source cannot do what the statement asks, such as writing to a view. */
export class NotSupportedError extends DatabaseError {
  static override label = 'NotSupportedError';
}

export { ConnectorError as Error };
