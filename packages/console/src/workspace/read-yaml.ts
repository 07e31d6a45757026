import { isMap, isPair, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { WorkspaceFault } from '../api/workspace.ts';

export type LineFault = { line: number; message: string };
export type ReadYaml = {
  file: unknown;
  /** Mistakes in the YAML itself. */
  faults: LineFault[];
  /** Where the server's faults are in this text. */
  place(fault: WorkspaceFault): LineFault;
};

/** Reads a workspace file and remembers which line each of its values stands on. */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const faults = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    message: message.split('\n')[0]!,
  }));
  return {
    file: faults.length > 0 ? undefined : document.toJS(),
    faults,
    place: ({ pointer, message }) => ({
      line: lines.linePos(offsetOf(document.contents, stepsOf(pointer))).line,
      message,
    }),
  };
}

/** The steps of a JSON pointer (RFC 6901). */
function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where the value at the pointer begins, or the nearest one around it that is there. */
function offsetOf(root: ParsedNode | null, steps: readonly string[]): number {
  let node: Node | null | undefined = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of steps) {
    if (isMap(node)) {
      const pair: unknown = node.items.find(
        (item) => String((item.key as { value?: unknown })?.value) === step,
      );
      if (!isPair(pair)) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
