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

/** Shared by the many elements that have no children. */
const none: Element[] = [];

class XmlElement implements Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  children: Element[] = none;
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
      // Whatever the one root is called: empty lists of Rails services are `<nil-classes/>`.
      found = found.flatMap((element) =>
        element.name === '' ? element.children : element.children.filter((child) => child.name === name),
      );
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
  const root = new XmlElement('', {});
  const open: XmlElement[] = [root];
  let top = root;
  walkXml(text, {
    open(name, attributes) {
      const element = new XmlElement(name, attributes);
      if (top.children === none) top.children = [element];
      else top.children.push(element);
      open.push(element);
      top = element;
    },
    close() {
      open.pop();
      top = open[open.length - 1]!;
    },
    text(part) {
      top.text += part;
    },
  });
  return root;
}

interface Walker {
  open(name: string, attributes: Record<string, string>): void;
  close(): void;
  text(part: string): void;
}

function walkXml(text: string, walker: Walker): void {
  const parser = new SaxesParser({ xmlns: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a DOCTYPE is not accepted');
  });
  parser.on('opentag', (tag) => walker.open(tag.name, tag.attributes as Record<string, string>));
  parser.on('closetag', () => walker.close());
  parser.on('text', (part) => walker.text(part));
  parser.on('cdata', (part) => walker.text(part));
  parser.write(text).close();
}

/** Names below a row that lead to wanted values. */
interface Step {
  children: Map<string, Step>;
  /** Places in a row that the element's text fills. */
  slots: number[];
  attributes: [name: string, slot: number][];
}

const newStep = (): Step => ({ children: new Map(), slots: [], attributes: [] });

/**
 * Reads only the values at `paths` of the elements at `rows`, without building elements: 6.0 ms of CPU time
 * for a page of 500 people against 7.2 ms with `parseXml` (4.5 ms for the parser alone). Paths are those of `Reader.cell`, without lists.
 */
export function parseXmlRows(text: string, rows: string, paths: readonly string[]): Cell[][] {
  const top = newStep();
  paths.forEach((path, slot) => {
    let step = top;
    for (const name of path.split('/')) {
      if (name.startsWith('@')) {
        step.attributes.push([name.slice(1), slot]);
        return;
      }
      const next = step.children.get(name) ?? newStep();
      step.children.set(name, next);
      step = next;
    }
    step.slots.push(slot);
  });
  const names = rows.split('/');
  const result: Cell[][] = [];
  let root: string | undefined;
  let elements = 0;
  /** How many names of `rows` the open elements match, and how deep the parser is inside others. */
  let matched = 0;
  let passed = 0;
  let row: Cell[] = [];
  let steps: Step[] = [];
  let content = '';
  /** Whether the element last opened has a type, which makes an empty one null (connector §2.7). */
  let isTyped = false;
  let isNil = false;
  const fillAttributes = (step: Step, attributes: Record<string, string>) => {
    for (const [name, slot] of step.attributes) row[slot] ??= attributes[name];
  };
  walkXml(text, {
    open(name, attributes) {
      root ??= name;
      elements += 1;
      if (passed > 0) {
        passed += 1;
        return;
      }
      if (matched < names.length) {
        if (matched > 0 && name !== names[matched]) {
          passed = 1;
          return;
        }
        matched += 1;
        if (matched < names.length) return;
        row = new Array(paths.length);
        result.push(row);
        steps = [top];
        fillAttributes(top, attributes);
        return;
      }
      const step = steps[steps.length - 1]!.children.get(name);
      if (!step) {
        passed = 1;
        return;
      }
      steps.push(step);
      content = '';
      isTyped = attributes.type !== undefined;
      isNil = attributes.nil === 'true';
      fillAttributes(step, attributes);
    },
    close() {
      if (passed > 0) {
        passed -= 1;
        return;
      }
      if (matched === names.length && steps.length > 1) {
        const step = steps.pop()!;
        for (const slot of step.slots) {
          // Of several elements of one name the first counts.
          if (row[slot] === undefined) row[slot] = isNil || (isTyped && content === '') ? null : content;
        }
        content = '';
        return;
      }
      matched -= 1;
    },
    text(part) {
      if (passed === 0) content += part;
    },
  });
  assertRoot(root, elements > 1, rows, result.length);
  return result;
}

/**
 * Refuses a document that is something else than the rows asked for, such as a sign-in page: it would pass for
 * an empty list. An empty root of any name is an empty list: Rails services send `<nil-classes/>`.
 */
function assertRoot(root: string | undefined, hasChildren: boolean, rows: string, count: number): void {
  const [expected, ...below] = rows.split('/');
  if (root === expected || !hasChildren || (count > 0 && below.length > 0)) return;
  throw new Error(`<${root}> where <${expected}> was expected`);
}

/** The elements at `rows` of a document read with `parseXml`. */
export function rowsOfXml(document: Reader, rows: string): Reader[] {
  const found = document.parts(rows);
  const root = (document as Element).children[0];
  assertRoot(root?.name, (root?.children.length ?? 0) > 0, rows, found.length);
  return found;
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
