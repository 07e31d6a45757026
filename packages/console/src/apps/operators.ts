/** Comparisons of conditions (docs/workspace.md). */
export const operators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'notContains',
  'isEmpty',
  'isNotEmpty',
] as const;

export function takesValue(op: string): boolean {
  return op !== 'isEmpty' && op !== 'isNotEmpty';
}
