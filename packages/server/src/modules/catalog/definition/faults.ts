import { AppError } from '../../../platform/errors.ts';

/** Where in a definition file a mistake is. */
export type Place = { line: number; element: string; attribute?: string };

/** A mistake in a definition file: its `params` hold `line`, `element` and, where one is at fault, `attribute`. */
export type Fault = AppError;

/** What an attribute or text may hold, in words. */
export type Allowed = { ja: string; en: string };

function fault(code: string, place: Place, ja: string, en: string): Fault {
  const where = place.attribute === undefined ? place.element : `${place.element}/@${place.attribute}`;
  const messages = { ja: `${where}: ${ja}`, en: `${where}: ${en}` };
  return new AppError(`catalog.definition.${code}`, 'invalid', messages, { ...place });
}

const list = (names: readonly string[]) => names.join(', ');
/** A value as it is quoted in a message: a long one is cut. */
const cut = (value: string) => (value.length > 80 ? `${value.slice(0, 80)}…` : value);

/** Every mistake a definition file can hold, with its sentence in both languages (oscm §2.2 to §2.4). */
export const faults = {
  /** Reading ended here: what follows is unknown. */
  unreadable: (line: number, reason: AppError) =>
    fault('unreadable', { line, element: 'TechnicalServices' }, reason.text('ja'), reason.text('en')),
  root: (place: Place, namespace: string, namespaces: readonly string[]) =>
    fault(
      'root',
      place,
      `ルート要素は TechnicalServices で、名前空間はなし、または ${list(namespaces)} です（指定: "${namespace}"）`,
      `the root element is TechnicalServices without a namespace or in ${list(namespaces)} (given: "${namespace}")`,
    ),
  unknownElement: (place: Place, parent: string, allowed: readonly string[]) =>
    fault(
      'unknownElement',
      place,
      `${parent} の中にこの要素は置けません。指定できる要素: ${list(allowed) || 'なし'}`,
      `this element is not allowed inside ${parent}; allowed: ${list(allowed) || 'none'}`,
    ),
  order: (place: Place, order: readonly string[]) =>
    fault(
      'order',
      place,
      `要素の順序が違います。順序: ${list(order)}`,
      `this element is out of order; the order is ${list(order)}`,
    ),
  repeated: (place: Place) =>
    fault('repeated', place, 'この要素は1つだけ指定できます', 'this element may stand only once'),
  missingElement: (place: Place, child: string) =>
    fault(
      'missingElement',
      place,
      `要素 ${child} が1つ以上必要です`,
      `at least one element ${child} is required`,
    ),
  text: (place: Place) =>
    fault('text', place, 'この要素に文字列は置けません', 'no text is allowed directly inside this element'),
  unknownAttribute: (place: Place, allowed: readonly string[]) =>
    fault(
      'unknownAttribute',
      place,
      `この属性は使えません。指定できる属性: ${list(allowed) || 'なし'}`,
      `this attribute is not allowed here; allowed: ${list(allowed) || 'none'}`,
    ),
  missingAttribute: (place: Place) =>
    fault('missingAttribute', place, 'この属性は必須です', 'this attribute is required'),
  value: (place: Place, value: string, allowed: Allowed) =>
    fault(
      'value',
      place,
      `値 "${cut(value)}" は使えません。指定できる値: ${allowed.ja}`,
      `the value "${cut(value)}" is not allowed; allowed: ${allowed.en}`,
    ),
  valueOfType: (place: Place, value: string, type: string, allowed: Allowed) =>
    fault(
      'valueOfType',
      place,
      `値 "${cut(value)}" は型 ${type} に合いません。指定できる値: ${allowed.ja}`,
      `the value "${cut(value)}" does not fit the type ${type}; allowed: ${allowed.en}`,
    ),
  requiredFor: (place: Place, accessType: string) =>
    fault(
      'requiredFor',
      place,
      `アクセス種別 ${accessType} では必須です`,
      `this is required for access type ${accessType}`,
    ),
  accessInfo: (place: Place, accessType: string) =>
    fault(
      'accessInfo',
      place,
      `アクセス種別 ${accessType} では、localeが "en" で空でない AccessInfo が必要です`,
      `access type ${accessType} requires a non-empty AccessInfo with locale "en"`,
    ),
  roleOfDirect: (place: Place) =>
    fault(
      'roleOfDirect',
      place,
      'アクセス種別 DIRECT のサービスにロールは定義できません。定義できる種別: LOGIN, PLATFORM, PROXY, USER, EXTERNAL',
      'a service of access type DIRECT has no roles; they are allowed with LOGIN, PLATFORM, PROXY, USER, EXTERNAL',
    ),
  duplicate: (place: Place, value: string, within: string) =>
    fault(
      'duplicate',
      place,
      `"${cut(value)}" は ${within} の中で重複しています。一意の値を指定してください`,
      `"${cut(value)}" stands more than once in ${within}; it must be unique there`,
    ),
  billingAdapter: (place: Place, value: string, known: readonly string[]) =>
    fault(
      'billingAdapter',
      place,
      `課金アダプター "${cut(value)}" は登録されていません。登録済み: ${list(known)}`,
      `the billing adapter "${cut(value)}" is not registered; registered: ${list(known)}`,
    ),
  tooManyTags: (place: Place, locale: string, limit: number) =>
    fault(
      'tooManyTags',
      place,
      `タグはlocaleごとに${limit}個までです（locale "${locale}"）`,
      `there may be at most ${limit} tags per locale (locale "${locale}")`,
    ),
  defaultRequired: (place: Place) =>
    fault(
      'defaultRequired',
      place,
      'configurable="false" のパラメーターには空でない default が必要です',
      'a parameter with configurable="false" requires a non-empty default',
    ),
  range: (place: Place, value: string, allowed: Allowed) =>
    fault(
      'range',
      place,
      `値 "${cut(value)}" は範囲外です。指定できる範囲: ${allowed.ja}`,
      `the value "${cut(value)}" is out of range; allowed: ${allowed.en}`,
    ),
  optionsOfType: (place: Place, type: string) =>
    fault(
      'optionsOfType',
      place,
      `Options は ENUMERATION 型だけに指定できます（指定された型: ${type}）`,
      `Options are allowed with the type ENUMERATION only (the type is ${type})`,
    ),
  defaultOption: (place: Place, value: string, options: readonly string[]) =>
    fault(
      'defaultOption',
      place,
      `省略値 "${cut(value)}" は選択肢にありません。選択肢: ${list(options)}`,
      `the default "${cut(value)}" is not one of the options: ${list(options)}`,
    ),
} as const;
