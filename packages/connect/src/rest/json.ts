import type { Cell, Reader } from './description.ts';

class JsonValue implements Reader {
  private readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  cell(path: string): Cell {
    const list = path.endsWith('[]');
    const found = walk(this.value, list ? path.slice(0, -2) : path);
    if (found === undefined || found === null) return found as null | undefined;
    if (typeof found === 'object') return JSON.stringify(found);
    return found as string | number | boolean;
  }

  parts(path: string): Reader[] {
    const found = walk(this.value, path);
    if (found === undefined || found === null) return [];
    return (Array.isArray(found) ? found : [found]).map((item) => new JsonValue(item));
  }
}

function walk(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path === '' ? [] : path.split('/')) {
    if (Array.isArray(at)) at = at[0];
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** Reads a JSON document; integers too long for a number come as text, so that no digit is lost. */
export function parseJson(text: string): Reader {
  const exact = /\d{16}/.test(text)
    ? text.replace(
        /("(?:[^"\\]|\\.)*")|(-?\d{16,})(?![\d.eE])/g,
        (_, quoted, digits) => quoted ?? `"${digits}"`,
      )
    : text;
  return new JsonValue(JSON.parse(exact));
}
