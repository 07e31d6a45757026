import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import type { WorkspaceFile } from '../platform/workspace-section.ts';

/** Columns that a map written on one line may take. */
const flowWidth = 96;

/** A workspace as a file for people: keys in the sections' order, small maps on one line, text as it is. */
export function workspaceText(file: WorkspaceFile): string {
  const document = new Document({ renkei: 1, ...file }, { aliasDuplicateObjects: false });
  document.commentBefore =
    ' Written by "renkei export": the workspace of a running server.\n' +
    ' "renkei apply FILE" makes another server alike. Passwords are not in it; a user made from it has none.';
  visit(document, {
    Collection(_, node, path) {
      const inList = isSeq(path.at(-1));
      const simple = node.items.every((item) => (isSeq(node) ? isShort(item) : isShortPair(item)));
      const room = JSON.stringify(node.toJSON()).length <= flowWidth;
      if (simple && room && (isMap(node) ? inList : true) && node.items.length > 0) node.flow = true;
    },
  });
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function isShort(node: unknown): boolean {
  return isScalar(node) && !(typeof node.value === 'string' && node.value.includes('\n'));
}

/** A scalar, or a list or map of scalars, such as the name in two languages. */
function isShortPair(item: unknown): boolean {
  const value = (item as { value?: unknown }).value;
  if (isSeq(value)) return value.items.every(isShort);
  if (isMap(value)) return value.items.every((pair) => isShort(pair.value));
  return isShort(value);
}
