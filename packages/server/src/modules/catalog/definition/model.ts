/** A technical service as it is stored, whichever dialect it came in (oscm §1.5). Defaults are filled in. */

/** `v14`: the seed's dialect, without namespace, keyed by id and version; `v1.9`: OSCM's, keyed by id alone. */
export type DefinitionDialect = 'v14' | 'v1.9';

/** Locale code (`en`, `ja`, `en-US`) to text. */
export type Texts = Readonly<Record<string, string>>;

export type AccessType = 'DIRECT' | 'LOGIN' | 'PLATFORM' | 'PROXY' | 'USER' | 'EXTERNAL';
export type ValueType = 'BOOLEAN' | 'INTEGER' | 'LONG' | 'STRING' | 'ENUMERATION' | 'PWD' | 'DURATION';

export type Option = { readonly id: string; readonly names: Texts };

export type Parameter = {
  readonly id: string;
  readonly valueType: ValueType;
  readonly mandatory: boolean;
  readonly configurable: boolean;
  readonly modificationType: 'STANDARD' | 'ONE_TIME';
  readonly default?: string;
  /** 64-bit integers as decimal text: JSON numbers would lose digits. */
  readonly minValue?: string;
  readonly maxValue?: string;
  readonly descriptions: Texts;
  readonly options: readonly Option[];
};

export type Event = { readonly id: string; readonly descriptions: Texts };
export type Role = { readonly id: string; readonly names: Texts; readonly descriptions: Texts };

export type OperationParameter = {
  readonly id: string;
  readonly type: 'INPUT_STRING' | 'REQUEST_SELECT';
  readonly mandatory: boolean;
  readonly names: Texts;
};

export type Operation = {
  readonly id: string;
  readonly actionURL: string;
  /** Dialect v14 only, and only SYNCHRONOUS. */
  readonly type?: string;
  readonly names: Texts;
  readonly descriptions: Texts;
  readonly parameters: readonly OperationParameter[];
};

export type Tag = { readonly locale: string; readonly value: string };

export type Definition = {
  readonly dialect: DefinitionDialect;
  readonly id: string;
  /** Empty in dialect v1.9, which knows no versions. */
  readonly version: string;
  readonly build?: string;
  readonly accessType: AccessType;
  readonly provisioningType: 'SYNCHRONOUS' | 'ASYNCHRONOUS';
  /** Milliseconds as decimal text; absent: never. */
  readonly provisioningTimeout?: string;
  readonly provisioningUrl: string;
  readonly provisioningVersion?: string;
  readonly provisioningUsername?: string;
  /** Clear text here; encrypted where it is stored, and shown only in the XML its owner exports. */
  readonly provisioningPassword?: string;
  readonly baseUrl?: string;
  readonly loginPath?: string;
  readonly descriptionUrl?: string;
  readonly billingIdentifier: string;
  readonly onlyOneSubscriptionPerUser: boolean;
  readonly allowingOnBehalfActing: boolean;
  readonly accessInfo: Texts;
  readonly descriptions: Texts;
  readonly licenses: Texts;
  readonly tags: readonly Tag[];
  readonly parameters: readonly Parameter[];
  readonly events: readonly Event[];
  readonly roles: readonly Role[];
  readonly operations: readonly Operation[];
};

/** The billing adapter of a definition that names none (oscm §2.4 rule 10). */
export const nativeBilling = 'NATIVE_BILLING';

/** What every service has besides its own parameters and events (oscm §2.4, built-ins). */
export const platformParameters: readonly Parameter[] = (
  [
    ['CONCURRENT_USER', 'LONG', '同時利用ユーザー数', 'Concurrent users'],
    ['NAMED_USER', 'LONG', '登録ユーザー数', 'Named users'],
    ['PERIOD', 'DURATION', '利用期間', 'Period of use'],
  ] as const
).map(([id, valueType, ja, en]) => ({
  id,
  valueType,
  mandatory: false,
  configurable: true,
  modificationType: 'STANDARD',
  descriptions: { ja, en },
  options: [],
  ...(valueType === 'LONG' && { minValue: '1' }),
}));

export const loginEvent = 'USER_LOGIN_TO_SERVICE';
export const logoutEvent = 'USER_LOGOUT_FROM_SERVICE';

/** The platform parameters that make sense for an access type: no sessions with DIRECT and USER, no users with DIRECT. */
export function platformParametersOf(accessType: AccessType): readonly Parameter[] {
  const hidden =
    accessType === 'DIRECT'
      ? ['CONCURRENT_USER', 'NAMED_USER']
      : accessType === 'USER'
        ? ['CONCURRENT_USER']
        : [];
  return platformParameters.filter(({ id }) => !hidden.includes(id));
}

/** Ids of the events that may be priced: the declared ones and, where sessions exist, login and logout. */
export function eventIdsOf({ accessType, events }: Definition): string[] {
  const own = events.map(({ id }) => id);
  return accessType === 'DIRECT' || accessType === 'USER' ? own : [...own, loginEvent, logoutEvent];
}

/** The text in the wanted language, else English, else any. */
export function localized(texts: Texts, locale: string): string | undefined {
  const language = locale.split(/[-_]/)[0] ?? locale;
  return texts[locale] ?? texts[language] ?? texts.en ?? Object.values(texts)[0];
}
