import { createXmlReader } from '../xml/reader.ts';

/** A small XML document as a tree; for messages, not for files. */
export type Element = {
  local: string;
  uri: string;
  /** Attributes without a namespace, by name. */
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  /** All character data directly inside. */
  text: string;
};

/** Reads a message of at most `maxBytes`; throws the XML reader's errors. */
export function readElement(bytes: Uint8Array, maxBytes: number): Element {
  const stack: Element[] = [];
  let root: Element | undefined;
  const reader = createXmlReader(
    {
      open({ local, uri, attributes }) {
        const plain = Object.values(attributes).filter((attribute) => attribute.uri === '');
        const element: Element = {
          local,
          uri,
          attributes: Object.fromEntries(plain.map((attribute) => [attribute.local, attribute.value])),
          children: [],
          text: '',
        };
        stack.at(-1)?.children.push(element);
        root ??= element;
        stack.push(element);
      },
      text(piece) {
        const current = stack.at(-1);
        if (current) current.text += piece;
      },
      close: () => void stack.pop(),
    },
    { maxBytes },
  );
  reader.write(bytes);
  reader.end();
  return root as Element;
}

/** The first child of that name, in whatever namespace: implementations differ in qualifying (oscm §3.1). */
export function child(element: Element | undefined, local: string): Element | undefined {
  return element?.children.find((candidate) => candidate.local === local);
}

export function childrenNamed(element: Element | undefined, local: string): Element[] {
  return element?.children.filter((candidate) => candidate.local === local) ?? [];
}

/** The trimmed text of a child; undefined when it is absent or empty. */
export function childText(element: Element | undefined, local: string): string | undefined {
  return child(element, local)?.text.trim() || undefined;
}
