import { type Fault, faults } from './faults.ts';
import { type ElementRule, type Grammar, grammars, namespaces } from './grammar.ts';

/** An element of a definition that its grammar knows; what was at fault in it is left out and named in `faulty`. */
export type DefinitionElement = {
  readonly name: string;
  /** A line of its start tag, from 1. */
  readonly line: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes that were there with a value the grammar refuses: not to be reported as missing again. */
  readonly faulty: ReadonlySet<string>;
  readonly children: DefinitionElement[];
  /** Trimmed. */
  text: string;
};

/** A start tag as the XML reader gives it. */
export type StartTag = {
  local: string;
  uri: string;
  /** Local name, namespace and value; namespace declarations left out. */
  attributes: readonly { local: string; uri: string; value: string }[];
  line: number;
};

/** What a whole TechnicalService is given to as soon as its end tag is read. */
export type ServiceHandler = (service: DefinitionElement, grammar: Grammar) => void;

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';

type Open = { element: DefinitionElement; rule: ElementRule; pieces: string[]; textReported: boolean };

/**
 * Checks the structure of a definition file as it is read: a stack of open elements, one TechnicalService in memory at
 * a time. A mistake is reported and reading goes on, so that one run finds them all; what stands inside an unknown
 * element is passed over.
 */
export function createStructureReader(onFault: (fault: Fault) => void, onService: ServiceHandler) {
  const stack: Open[] = [];
  let grammar: Grammar | undefined;
  let skipped = 0;

  function open(tag: StartTag): void {
    if (skipped > 0) {
      skipped += 1;
      return;
    }
    const parent = stack.at(-1);
    const place = { line: tag.line, element: tag.local };
    if (parent === undefined) {
      grammar = grammars.find(({ namespace }) => namespace === tag.uri);
      if (tag.local !== 'TechnicalServices' || grammar === undefined) {
        onFault(faults.root(place, tag.uri, namespaces));
        grammar = undefined;
        skipped = 1;
        return;
      }
    } else if (!isChild(parent, tag)) {
      const allowed = parent.rule.children.map(({ name }) => name);
      onFault(faults.unknownElement(place, parent.element.name, allowed));
      skipped = 1;
      return;
    }
    const { elements } = grammar as Grammar;
    const rule = elements[tag.local] as ElementRule;
    const element = readStart(tag, rule, onFault);
    if (parent) {
      checkPlace(parent, element, grammar as Grammar, onFault);
      // only one service is kept at a time
      if (parent.element.name !== 'TechnicalServices' || parent.element.children.length === 0)
        parent.element.children.push(element);
    }
    stack.push({ element, rule, pieces: [], textReported: false });
  }

  function isChild({ rule }: Open, { local, uri }: StartTag): boolean {
    const wanted = local === 'TechnicalService' ? grammar?.namespace : '';
    return uri === wanted && rule.children.some(({ name }) => name === local);
  }

  return {
    open,
    text(text: string): void {
      const current = stack.at(-1);
      if (skipped > 0 || current === undefined) return;
      if (current.rule.text) current.pieces.push(text);
      else if (!current.textReported && /[^ \t\r\n]/.test(text)) {
        current.textReported = true;
        onFault(faults.text({ line: current.element.line, element: current.element.name }));
      }
    },
    close(): void {
      if (skipped > 0) {
        skipped -= 1;
        return;
      }
      const { element, rule, pieces } = stack.pop() as Open;
      element.text = pieces.join('').trim();
      for (const child of rule.children) {
        if (child.min === 1 && !element.children.some(({ name }) => name === child.name))
          onFault(faults.missingElement({ line: element.line, element: element.name }, child.name));
      }
      if (element.name === 'TechnicalService') onService(element, grammar as Grammar);
    },
  };
}

function readStart(tag: StartTag, rule: ElementRule, onFault: (fault: Fault) => void): DefinitionElement {
  const attributes: Record<string, string> = Object.create(null);
  const faulty = new Set<string>();
  const place = { line: tag.line, element: tag.local };
  for (const { local, uri, value } of tag.attributes) {
    if (uri === schemaInstance) continue;
    const known = uri === '' && Object.hasOwn(rule.attributes, local) ? rule.attributes[local] : undefined;
    if (known === undefined) {
      onFault(faults.unknownAttribute({ ...place, attribute: local }, Object.keys(rule.attributes)));
    } else if (known.type.accepts(value)) {
      attributes[local] = value;
    } else {
      faulty.add(local);
      onFault(faults.value({ ...place, attribute: local }, value, known.type.allowed));
    }
  }
  for (const [attribute, { required }] of Object.entries(rule.attributes)) {
    if (required && attributes[attribute] === undefined && !faulty.has(attribute)) {
      faulty.add(attribute);
      onFault(faults.missingAttribute({ ...place, attribute }));
    }
  }
  return { name: tag.local, line: tag.line, attributes, faulty, children: [], text: '' };
}

/** The order of siblings where the dialect has one, and elements that may stand once only. */
function checkPlace(
  parent: Open,
  { name, line }: DefinitionElement,
  { ordered }: Grammar,
  onFault: (fault: Fault) => void,
): void {
  const siblings = parent.element.children;
  const names = parent.rule.children.map((child) => child.name);
  const rule = parent.rule.children[names.indexOf(name)];
  if (rule?.max === 1 && siblings.some((sibling) => sibling.name === name)) {
    onFault(faults.repeated({ line, element: name }));
  }
  const before = siblings.at(-1);
  if (ordered && before && names.indexOf(before.name) > names.indexOf(name)) {
    onFault(faults.order({ line, element: name }, names));
  }
}
