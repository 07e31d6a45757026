import type { ColumnType, Value } from '../engine/shape.ts';
import { NotSupportedError } from '../errors.ts';
import type { WriteBody } from './description.ts';
import { fill } from './template.ts';
import { escapeXml, xmlElement } from './xml.ts';

export interface Body extends WriteBody {
  media: string;
  text(): string;
}

/** An empty body for a write in the service's format. */
export function createBody(
  format: 'xml' | 'json',
  root: string | undefined,
  table: string,
  key: Value | undefined,
): Body {
  return format === 'xml' ? xmlBody(root ?? 'record', table, key) : jsonBody(root, table, key);
}

interface Branch {
  attributes: string;
  children: Map<string, Branch>;
  /** Finished elements, in the order in which they were set. */
  parts: string[];
}

const newBranch = (attributes = ''): Branch => ({ attributes, children: new Map(), parts: [] });

function xmlBody(root: string, table: string, key: Value | undefined): Body {
  const top = newBranch();
  const branch = (path: string[]) => {
    let at = top;
    for (const name of path) {
      const next = at.children.get(name) ?? newBranch();
      at.children.set(name, next);
      at = next;
    }
    return at;
  };
  const render = (name: string, { attributes, children, parts }: Branch): string =>
    `<${name}${attributes}>${parts.join('')}${[...children].map(([child, own]) => render(child, own)).join('')}</${name}>`;
  return {
    media: 'application/xml',
    table,
    key,
    set(path, value, type) {
      const names = path.split('/');
      branch(names.slice(0, -1)).parts.push(xmlElement(names.at(-1)!, value, type));
    },
    add(listPath, item, fields) {
      const list = branch(listPath.split('/'));
      list.attributes = ' type="array"';
      const inner = Object.entries(fields).map(([name, value]) =>
        xmlElement(
          name,
          value,
          typeof value === 'number' || typeof value === 'bigint' ? 'Integer' : 'String',
        ),
      );
      list.parts.push(`<${escapeXml(item)}>${inner.join('')}</${escapeXml(item)}>`);
    },
    text: () => `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, top)}`,
  };
}

function jsonBody(root: string | undefined, table: string, key: Value | undefined): Body {
  const top: Record<string, unknown> = Object.create(null);
  const branch = (path: string[]) => {
    let at = top;
    for (const name of path) {
      at[name] ??= Object.create(null);
      at = at[name] as Record<string, unknown>;
    }
    return at;
  };
  /** Integers beyond a number's reach are written digit by digit. */
  const long: string[] = [];
  const plain = (value: Value, type: ColumnType): unknown => {
    if (value === null) return null;
    if (type === 'Boolean') return Number(value) !== 0;
    if (typeof value !== 'bigint') return value;
    return `\u0000${long.push(String(value)) - 1}`;
  };
  return {
    media: 'application/json',
    table,
    key,
    set(path, value, type) {
      const names = path.split('/');
      branch(names.slice(0, -1))[names.at(-1)!] = plain(value, type);
    },
    add(listPath, _item, fields) {
      const names = listPath.split('/');
      const parent = branch(names.slice(0, -1));
      parent[names.at(-1)!] ??= [];
      (parent[names.at(-1)!] as unknown[]).push(fields);
    },
    text: () =>
      JSON.stringify(root ? { [root]: top } : top).replace(
        /"\\u0000(\d+)"/g,
        (_, at: string) => long[Number(at)]!,
      ),
  };
}

/** A form: fixed fields, then one for each column; null is an empty field. */
export function formBody(
  fixed: Record<string, string>,
  field: string | undefined,
  table: string,
  key: Value | undefined,
): Body {
  const fields = new URLSearchParams(fixed);
  return {
    media: 'application/x-www-form-urlencoded',
    table,
    key,
    set(path, value, type) {
      const name = fill(field ?? '{path}', () => path.split('/')[0]!);
      const text = type === 'Boolean' && value !== null ? String(Number(value) !== 0) : String(value ?? '');
      fields.append(name, text);
    },
    add(listPath) {
      throw new NotSupportedError(`${table}: a form cannot hold the list ${listPath}`);
    },
    text: () => fields.toString(),
  };
}
