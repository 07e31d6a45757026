import { SaxesParser } from 'saxes';
import type { ColumnType, Value } from '../engine/shape.ts';
import type { Cell, Reader } from './description.ts';

/** An XML element; text is that of the element itself. */
interface Element extends Reader {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

class XmlElement implements Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[] = [];
  text = '';

  constructor(name: string, attributes: Record<string, string>) {
    this.name = name;
    this.attributes = attributes;
  }

  cell(path: string): Cell {
    const { parents, last, list } = stepsOf(path);
    if (list) {
      const texts = this.parts(path.slice(0, -2)).map((part) => (part as Element).text);
      return texts.length > 0 ? JSON.stringify(texts) : null;
    }
    let at: Element = this;
    for (const name of parents) {
      const next = at.children.find((child) => child.name === name);
      if (!next) return undefined;
      at = next;
    }
    if (last.startsWith('@')) return at.attributes[last.slice(1)];
    const leaf = at.children.find((child) => child.name === last);
    if (!leaf) return undefined;
    const { attributes, text } = leaf;
    if (attributes.nil === 'true') return null;
    // An empty element with a type is null as well (connector §2.7).
    return text === '' && attributes.type !== undefined ? null : text;
  }

  parts(path: string): Reader[] {
    let found: Element[] = [this];
    for (const name of path === '' ? [] : path.split('/')) {
      found = found.flatMap((element) => element.children.filter((child) => child.name === name));
    }
    return found;
  }
}

const known = new Map<string, { parents: string[]; last: string; list: boolean }>();

function stepsOf(path: string) {
  let steps = known.get(path);
  if (!steps) {
    const names = path.split('/');
    steps = { parents: names.slice(0, -1), last: names.at(-1)!, list: path.endsWith('[]') };
    known.set(path, steps);
  }
  return steps;
}

/**
 * Reads an XML document. DOCTYPE is refused: no answer of a service needs one, and entities are its danger.
 *
 * @throws Error with line and column when the text is not well-formed.
 */
export function parseXml(text: string): Reader {
  const parser = new SaxesParser({ xmlns: false });
  const root = new XmlElement('', {});
  const open: XmlElement[] = [root];
  let top = root;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a DOCTYPE is not accepted');
  });
  parser.on('opentag', (tag) => {
    const element = new XmlElement(tag.name, tag.attributes as Record<string, string>);
    top.children.push(element);
    open.push(element);
    top = element;
  });
  parser.on('closetag', () => {
    open.pop();
    top = open.at(-1)!;
  });
  const add = (part: string) => {
    top.text += part;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.write(text).close();
  return root;
}

export const escapeXml = (text: string): string =>
  text
    // Characters that XML 1.0 cannot hold are dropped: the service could not read them.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');

const typeAttribute: Partial<Record<ColumnType, string>> = {
  Integer: ' type="integer"',
  Boolean: ' type="boolean"',
  Datetime: ' type="datetime"',
  Date: ' type="date"',
  Double: ' type="float"',
};

/** One element as the service's conventions want it: typed, `nil="true"` for null (connector §2.7). */
export function xmlElement(name: string, value: Value, type: ColumnType): string {
  const attribute = typeAttribute[type] ?? '';
  if (value === null) return `<${name}${attribute} nil="true"/>`;
  const text = type === 'Boolean' ? (Number(value) === 0 ? 'false' : 'true') : String(value);
  return `<${name}${attribute}>${escapeXml(text)}</${name}>`;
}
