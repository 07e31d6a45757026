import type { AppError } from '../../../platform/errors.ts';
import type { ProcessDeclaration } from '../definition.ts';
import { errors } from '../errors.ts';

/**
 * Whether a process may go from one state to another other than by a decision. Where the workspace declares
 * `transitions`, those hold; where it declares none, every state follows every other. In both cases the approval
 * state is left, and the approved state reached, by decisions only: else the approval could be gone around.
 */
export function transitionFault(
  process: ProcessDeclaration,
  from: string | null,
  to: string,
): AppError | undefined {
  const { states, transitions, approval } = process;
  if (from === null || from === to) return undefined;
  if (approval && (from === approval.state || to === approval.approved)) {
    return errors.decisionOnly({ from, to }, '/state');
  }
  const allowed = transitions ? (transitions[from] ?? []) : states;
  return allowed.includes(to)
    ? undefined
    : errors.transition({ from, to, allowed: allowed.join(', ') || '-' }, '/state');
}
