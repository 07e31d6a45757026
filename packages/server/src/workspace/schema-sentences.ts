import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { type AppError, pointerStep } from '../platform/errors.ts';
import { errors } from './errors.ts';
import { nearest } from './nearest.ts';

/** What a JSON schema error means to who wrote the file; several where it names several keys. */
export function describeError(
  error: TLocalizedValidationError,
  value: unknown,
  schema: TSchema | undefined,
): AppError[] {
  const place = error.instancePath;
  const shown = brief(value);
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys((schema as { properties?: object } | undefined)?.properties ?? {});
      return error.params.additionalProperties.map((key) =>
        errors.unknownKey({ key, ...keyHint(key, known) }, place + pointerStep(key)),
      );
    }
    case 'required':
      return error.params.requiredProperties.map((key) => errors.missingKey({ key }, place));
    case 'type':
      return [wrongType([error.params.type].flat(), value, place)];
    case 'const':
      return [notOneOf(value, [error.params.allowedValue], place)];
    case 'enum':
      return [notOneOf(value, error.params.allowedValues, place)];
    case 'anyOf':
      return [noBranch(value, schema, place)];
    case 'minLength':
      return [
        error.params.limit === 1
          ? errors.empty({}, place)
          : errors.tooShort({ limit: error.params.limit }, place),
      ];
    case 'maxLength':
      return [errors.tooLong({ limit: error.params.limit }, place)];
    case 'minItems':
    case 'minProperties':
      return [
        error.params.limit === 1
          ? errors.empty({}, place)
          : errors.tooFew({ limit: error.params.limit }, place),
      ];
    case 'maxItems':
    case 'maxProperties':
      return [errors.tooMany({ limit: error.params.limit }, place)];
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      // a bound says nothing about what is no number at all; the type does
      if (typeof value !== 'number') return [];
      const { comparison, limit } = error.params;
      return [
        errors.bound(
          { limit: String(limit), boundEn: bounds[comparison].en, boundJa: bounds[comparison].ja },
          place,
        ),
      ];
    }
    case 'multipleOf':
      return [errors.multiple({ limit: String(error.params.multipleOf) }, place)];
    case 'uniqueItems':
      return error.params.duplicateItems.map((index) => errors.repeated({}, place + pointerStep(index)));
    case 'pattern':
      return [errors.pattern({ value: shown, pattern: String(error.params.pattern) }, place)];
    case 'format':
      return [errors.format({ value: shown, format: error.params.format }, place)];
    default:
      return [errors.refused({ reason: error.message }, place)];
  }
}

const bounds = {
  '>=': { en: 'at least', ja: '以上' },
  '<=': { en: 'at most', ja: '以下' },
  '>': { en: 'more than', ja: 'より大きい値' },
  '<': { en: 'less than', ja: '未満' },
};

const typeNames: Readonly<Record<string, { en: string; ja: string }>> = {
  string: { en: 'text', ja: '文字列' },
  number: { en: 'a number', ja: '数' },
  integer: { en: 'a whole number', ja: '整数' },
  boolean: { en: 'true or false', ja: 'true か false' },
  array: { en: 'a list', ja: '一覧' },
  object: { en: 'a map of keys and values', ja: '「キー: 値」の組' },
  null: { en: 'nothing', ja: '空' },
};

function wrongType(wanted: readonly string[], value: unknown, place: string): AppError {
  const given = givenName(value);
  const wantsText = wanted.includes('string') && !wanted.includes(typeof value);
  if (wantsText && (typeof value === 'number' || typeof value === 'boolean')) {
    return errors.quoteText({ givenEn: given.en, givenJa: given.ja }, place);
  }
  const names = wanted.map((type) => typeNames[type] ?? { en: type, ja: type });
  const wantedEn = names.map(({ en }) => en).join(' or ');
  const wantedJa = names.map(({ ja }) => ja).join('か');
  return errors.wrongType({ wantedEn, wantedJa, givenEn: given.en, givenJa: given.ja }, place);
}

function givenName(value: unknown): { en: string; ja: string } {
  if (value === null || value === undefined) return typeNames.null!;
  if (Array.isArray(value)) return typeNames.array!;
  if (typeof value === 'boolean') return { en: String(value), ja: `${value}` };
  if (typeof value === 'number') return { en: `the number ${value}`, ja: `数値 ${value}` };
  return typeNames[typeof value] ?? { en: typeof value, ja: typeof value };
}

function notOneOf(value: unknown, allowed: readonly unknown[], place: string): AppError {
  const words = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  const hint = typeof value === 'string' ? keyHint(value, words) : { hintEn: '', hintJa: '' };
  return errors.notOneOf({ value: brief(value), allowed: words.join(', '), ...hint }, place);
}

/** None of a union's branches has the type of the value. */
function noBranch(value: unknown, schema: TSchema | undefined, place: string): AppError {
  const branches = ((schema as { anyOf?: TSchema[] } | undefined)?.anyOf ?? []).map(
    (branch) => branch as { type?: string; const?: unknown; enum?: unknown[] },
  );
  const allowed = branches.flatMap((branch) => ('const' in branch ? [branch.const] : (branch.enum ?? [])));
  const types = branches.flatMap((branch) =>
    'const' in branch || branch.enum !== undefined || branch.type === undefined ? [] : [branch.type],
  );
  if (allowed.length > 0 && types.length === 0) return notOneOf(value, allowed, place);
  if (types.length > 0 && allowed.length === 0) return wrongType([...new Set(types)], value, place);
  return errors.noForm({}, place);
}

function keyHint(given: string, known: readonly string[]): { hintEn: string; hintJa: string } {
  const found = nearest(given, known);
  if (found !== undefined) return { hintEn: ` (did you mean "${found}"?)`, hintJa: `(「${found}」では?)` };
  return { hintEn: '', hintJa: '' };
}

/** A value as it may be shown in a sentence. */
function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The schema at a path of typebox's, through references to definitions of the nearest `$defs` outside. */
export function schemaAt(root: TSchema, path: string): TSchema | undefined {
  type Walked = Readonly<Record<string, unknown>> | undefined;
  let definitions: Readonly<Record<string, unknown>> = {};
  const enter = (schema: Walked): Walked => {
    let inner = schema;
    for (let depth = 0; depth < 10 && inner !== undefined; depth++) {
      definitions = { ...definitions, ...(inner.$defs as object | undefined) };
      if (typeof inner.$ref !== 'string') break;
      inner = definitions[inner.$ref.replace(/^#\/\$defs\//, '')] as Walked;
    }
    return inner;
  };
  let schema = enter(root as unknown as Walked);
  const steps = path.split('/').slice(1);
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    schema = enter(schema?.[key] as Walked);
  }
  return schema as TSchema | undefined;
}
