/** The one error type inside the server. Dialects map `code` or `kind` to their own form and status. */

export type Locale = 'ja' | 'en';

/** What sort of refusal it is; enough for a dialect that has no code of its own for it. */
export type ErrorKind =
  | 'invalid' // the caller's input is wrong
  | 'unauthenticated'
  | 'forbidden'
  | 'notFound'
  | 'conflict' // the state does not allow it
  | 'stale' // a revision guard did not hold
  | 'tooLarge'
  | 'tooMany'
  | 'unsupported'
  | 'upstream' // somebody we had to ask failed
  | 'internal';

export type ErrorParams = Readonly<Record<string, string | number>>;

type Messages = Readonly<Record<Locale, string>>;

export class AppError extends Error {
  override readonly name = 'AppError';
  /** `module.reason`, stable. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly params: ErrorParams;
  /** JSON pointer into the caller's input, where one applies. */
  readonly place: string | undefined;
  /** The single faults, where several were collected. */
  readonly errors: readonly AppError[];
  private readonly messages: Messages;

  constructor(
    code: string,
    kind: ErrorKind,
    messages: Messages,
    params: ErrorParams = {},
    place?: string,
    errors: readonly AppError[] = [],
  ) {
    super(fill(messages.en, params));
    this.code = code;
    this.kind = kind;
    this.params = params;
    this.place = place;
    this.errors = errors;
    this.messages = messages;
  }

  /** The sentence for people, in their language. */
  text(locale: Locale): string {
    return fill(this.messages[locale], this.params);
  }

  /** The same error at this place. */
  at(place: string): AppError {
    return new AppError(this.code, this.kind, this.messages, this.params, place, this.errors);
  }

  /** The same error at a place further out: `/items` + `/件名`. */
  within(prefix: string): AppError {
    const inner = this.errors.map((error) => error.within(prefix));
    return new AppError(
      this.code,
      this.kind,
      this.messages,
      this.params,
      `${prefix}${this.place ?? ''}`,
      inner,
    );
  }
}

function fill(template: string, params: ErrorParams): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    params[name] === undefined ? whole : String(params[name]),
  );
}

type ErrorTable = Readonly<Record<string, { kind: ErrorKind } & Messages>>;
type ErrorFactories<T extends ErrorTable> = {
  readonly [K in keyof T]: (params?: ErrorParams, place?: string) => AppError;
};

/**
 * A module's table of codes as functions that make the errors:
 * `const errors = defineErrors('records', { required: { kind: 'invalid', ja: '…{field}…', en: '…' } })`,
 * then `throw errors.required({ field }, '/fields/件名')`.
 */
export function defineErrors<const T extends ErrorTable>(module: string, table: T): ErrorFactories<T> {
  const entries = Object.entries(table).map(([name, { kind, ja, en }]) => [
    name,
    (params?: ErrorParams, place?: string) =>
      new AppError(`${module}.${name}`, kind, { ja, en }, params, place),
  ]);
  return Object.fromEntries(entries) as ErrorFactories<T>;
}

const shared = defineErrors('request', {
  several: {
    kind: 'invalid',
    ja: '入力に誤りが{count}件あります',
    en: 'There are {count} mistakes in the input',
  },
});

/** One error out of the faults that were collected; nothing when there are none. */
export function collectErrors(errors: readonly AppError[]): AppError | undefined {
  const [first] = errors;
  if (first === undefined || errors.length === 1) return first;
  const whole = shared.several({ count: errors.length });
  return new AppError(
    whole.code,
    first.kind,
    { ja: whole.text('ja'), en: whole.message },
    {},
    undefined,
    errors,
  );
}

/** One step of a JSON pointer (RFC 6901), escaped. */
export function pointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
