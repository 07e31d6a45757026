import { isMap, isPair, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { WorkspaceFault } from '../api/workspace.ts';

/** A mistake, and where it is in the text: from 1 in lines and columns, from 0 in characters. */
export type LineFault = { line: number; column: number; offset: number; message: string };
export type ReadYaml = {
  file: unknown;
  /** Mistakes in the YAML itself. */
  faults: LineFault[];
  /** Where the server's faults are in this text. */
  place(fault: WorkspaceFault): LineFault;
};

/** Reads a workspace file and remembers where each of its values stands. */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number, message: string): LineFault => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, offset, message };
  };
  const faults = document.errors.map(({ pos, message }) => at(pos[0], message.split('\n')[0]!));
  return {
    file: faults.length > 0 ? undefined : document.toJS(),
    faults,
    place: ({ pointer, message, at: part }) =>
      at(offsetOf(document.contents, stepsOf(pointer), part === 'key'), message),
  };
}

/** The steps of a JSON pointer (RFC 6901). */
function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where the value at the pointer (or its key) begins, or the nearest one around it that is there. */
function offsetOf(root: ParsedNode | null, steps: readonly string[], wantsKey: boolean): number {
  let node: Node | null | undefined = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [index, step] of steps.entries()) {
    if (isMap(node)) {
      const pair: unknown = node.items.find(
        (item) => String((item.key as { value?: unknown })?.value) === step,
      );
      if (!isPair(pair)) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
      if (index === steps.length - 1 && !wantsKey) offset = node?.range?.[0] ?? offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
