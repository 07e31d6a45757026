import type { Pov } from '../../modules/planning/index.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { Parameter } from './request-reader.ts';

export const requestErrors = defineErrors('fusionPlace', {
  unknownType: {
    kind: 'invalid',
    ja: 'リクエストタイプ {type} はありません',
    en: 'There is no request type {type}',
  },
  missing: {
    kind: 'invalid',
    ja: 'パラメータ {name} を指定してください',
    en: 'The parameter {name} is missing',
  },
  unknown: {
    kind: 'invalid',
    ja: 'パラメータ {name} はこのリクエストでは使えません',
    en: 'The parameter {name} is not known for this request',
  },
  twice: {
    kind: 'invalid',
    ja: 'パラメータ {name} が重複しています',
    en: 'The parameter {name} is given twice',
  },
  value: {
    kind: 'invalid',
    ja: 'パラメータ {name} に "{value}" は指定できません',
    en: '"{value}" is not allowed for the parameter {name}',
  },
  contentsTooLong: {
    kind: 'tooLarge',
    ja: 'リクエストの内容が長すぎます(上限{limit}文字)',
    en: 'The contents are longer than {limit} characters',
  },
  needsUserManager: {
    kind: 'forbidden',
    ja: 'この操作にはユーザ管理者の権限が必要です',
    en: 'This needs the privilege of a user manager',
  },
  failed: {
    kind: 'internal',
    ja: 'サーバー内部のエラーで処理できませんでした',
    en: 'The request could not be processed because of an internal error',
  },
});

/** A request's parameters by name, checked against what its type knows (fusion_place §3). */
export type Parameters = {
  required(name: string): string;
  optional(name: string): string | undefined;
  /** One of these words, in any case; the first when it is absent. */
  choice<T extends string>(name: string, allowed: readonly [T, ...T[]]): T;
  povs: readonly Pov[];
};

/**
 * @param known names that the type has, `POV` among them where it takes points of view
 * @throws fusionPlace.unknown, fusionPlace.twice
 */
export function readParameters(parameters: readonly Parameter[], known: readonly string[]): Parameters {
  const values = new Map<string, string>();
  const povs: Pov[] = [];
  for (const { name, key, value } of parameters) {
    if (!known.includes(name)) throw requestErrors.unknown({ name });
    if (name === 'POV') {
      if (key === undefined || key.trim() === '') throw requestErrors.missing({ name: 'POV key' });
      if (povs.some(({ dimension }) => dimension === key.trim().toUpperCase()))
        throw requestErrors.twice({ name: `POV ${key}` });
      povs.push({ dimension: key.trim().toUpperCase(), member: value });
      continue;
    }
    if (values.has(name)) throw requestErrors.twice({ name });
    values.set(name, value.trim());
  }
  const optional = (name: string) => values.get(name) || undefined;
  return {
    povs,
    optional,
    required(name) {
      const value = optional(name);
      if (value === undefined) throw requestErrors.missing({ name });
      return value;
    },
    choice(name, allowed) {
      const given = optional(name);
      if (given === undefined) return allowed[0];
      const found = allowed.find((word) => word.toLowerCase() === given.toLowerCase());
      if (found === undefined) throw requestErrors.value({ name, value: given });
      return found;
    },
  };
}

/** Longest contents of requests other than values, in characters. */
const longestContents = 64 * 1024 * 1024;

/** The contents as one text. @throws fusionPlace.contentsTooLong */
export async function wholeContents(contents: AsyncIterable<string>): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of contents) {
    length += piece.length;
    if (length > longestContents) throw requestErrors.contentsTooLong({ limit: longestContents });
    pieces.push(piece);
  }
  return pieces.join('');
}
