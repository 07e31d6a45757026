import { ProgrammingError } from '../errors.ts';
import type { Property } from './properties.ts';

/**
 * Splits `Name=Value;Name="a;b";` into its pairs, in order.
 *
 * A value may stand in single or double quotes, in which `;` and blanks are kept and a doubled quote
 * stands for one; blanks around names and unquoted values are dropped. Errors never show a value, as it
 * may be a secret.
 *
 * @throws ProgrammingError where a pair has no name or no `=`, or a quote is not closed.
 */
export function splitConnectionString(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const blank = /^[\s;]+/.exec(rest);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const head = /^([^=;]*)=\s*/.exec(rest);
    const name = head?.[1]?.trim();
    if (!head || !name) {
      throw new ProgrammingError(
        `Connection string: pair ${pairs.length + 1} (character ${at + 1}) is not of the form Name=Value`,
      );
    }
    at += head[0].length;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const quoted = new RegExp(`^${quote}((?:[^${quote}]|${quote}${quote})*)${quote}\\s*(?=;|$)`).exec(
        text.slice(at),
      );
      if (!quoted) throw new ProgrammingError(`Connection string: the quoted value of ${name} does not end`);
      pairs.push([name, quoted[1]!.replaceAll(quote + quote, quote)]);
      at += quoted[0].length;
    } else {
      const end = text.indexOf(';', at);
      pairs.push([name, text.slice(at, end < 0 ? undefined : end).trim()]);
      at = end < 0 ? text.length : end;
    }
  }
  return pairs;
}

/** The settings of one connection: every property with its value or default, read by name. */
export interface Settings {
  /** Value of a property; empty where it has neither value nor default. */
  text(name: string): string;
  /** Value of an integer property; undefined where it is empty. */
  integer(name: string): number | undefined;
  flag(name: string): boolean;
  /** Parts of a `;` or `,` list, trimmed, without empty ones. */
  list(name: string): string[];
  /** Whether the connection string set the property itself. */
  isSet(name: string): boolean;
  properties: readonly Property[];
}

const plain = (name: string) => name.toLowerCase().replace(/[\s_]/g, '');

/**
 * Reads a connection string against the properties that may stand in it. Names are compared without
 * regard to case and blanks; of a name given twice the last one counts.
 *
 * @throws ProgrammingError for an unknown name (the nearest one is suggested) or a value that does not fit.
 */
export function readSettings(text: string, properties: readonly Property[]): Settings {
  const known = new Map<string, Property>();
  for (const property of properties) {
    for (const name of [property.name, ...(property.aliases ?? [])]) known.set(plain(name), property);
  }
  const values = new Map<string, string>();
  for (const [name, value] of splitConnectionString(text)) {
    const property = known.get(plain(name));
    if (!property) {
      const near = nearest(
        name,
        properties.map((p) => p.name),
      );
      throw new ProgrammingError(
        `Unknown connection property "${name}"${near ? `; did you mean ${near}?` : ''}`,
      );
    }
    if (value !== '') check(property, value);
    values.set(property.name, value);
  }
  const defaults = new Map(properties.map((property) => [property.name, property.default]));
  const read = (name: string) => {
    const standard = defaults.get(name);
    if (standard === undefined) return '';
    return values.get(name) || standard;
  };
  return {
    text: read,
    integer: (name) => (read(name) === '' ? undefined : Number(read(name))),
    flag: (name) => /^(true|yes|1)$/i.test(read(name)),
    list: (name) =>
      read(name)
        .split(/[;,]/)
        .map((part) => part.trim())
        .filter(Boolean),
    isSet: (name) => Boolean(values.get(name)),
    properties,
  };
}

function check(property: Property, value: string): void {
  const fail = (allowed: string) => {
    const shown = property.secret ? '' : ` "${value}"`;
    throw new ProgrammingError(`Connection property ${property.name}:${shown} is not ${allowed}`);
  };
  if (property.type === 'integer' && !/^-?\d{1,15}$/.test(value)) fail('a whole number');
  if (property.type === 'boolean' && !/^(true|false|yes|no|1|0)$/i.test(value)) fail('true or false');
  if (property.values && !property.values.some((allowed) => allowed.toLowerCase() === value.toLowerCase())) {
    fail(`one of ${property.values.join(', ')}`);
  }
}

/** The name nearest to a mistyped one, or undefined when none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
