import { Type } from 'typebox';
import type { AppError } from '../../platform/errors.ts';
import { pointerStep } from '../../platform/errors.ts';
import { type App, type AppDeclaration, type AppExtension, isProcessIdPattern } from '../records/index.ts';
import { errors } from './errors.ts';

/** What makes an app a process type: `process` of an app in the workspace file (contract §3). */
export type ProcessDeclaration = {
  /** Eight digits, unique in the workspace. */
  type: string;
  idPattern: string;
  /** The first is the one of new processes. */
  states: string[];
  /** Which states follow which; a state that is not mentioned has no followers. Absent: any follows any. */
  transitions?: Record<string, string[]>;
  approval?: Approval;
};

export type Approval = {
  /** In which the approvers are awaited. */
  state: string;
  /** `user:LOGIN` or `group:ID`. */
  approvers: string[];
  /** States that the decisions lead to. */
  approved: string;
  rejected: string;
  /** Whether approvers and creator are mailed; default true. */
  mail?: boolean;
};

const strict = { additionalProperties: false };
const state = Type.String({ minLength: 1, maxLength: 100 });

const schema = Type.Object(
  {
    type: Type.String({ pattern: '^[0-9]{8}$' }),
    idPattern: Type.String({ minLength: 1, maxLength: 100 }),
    states: Type.Array(state, { minItems: 1, maxItems: 100 }),
    transitions: Type.Optional(Type.Record(Type.String(), Type.Array(state))),
    approval: Type.Optional(
      Type.Object(
        {
          state,
          approvers: Type.Array(Type.String({ pattern: '^(user|group):.+$' }), { minItems: 1 }),
          approved: state,
          rejected: state,
          mail: Type.Optional(Type.Boolean()),
        },
        strict,
      ),
    ),
  },
  strict,
);

export function processOf({ process }: AppDeclaration): ProcessDeclaration | undefined {
  return process as ProcessDeclaration | undefined;
}

/** The key `process` of an app in the workspace file. */
export const processExtension: AppExtension = {
  schema,
  references: (declared) =>
    (declared as ProcessDeclaration).approval?.approvers.map((one) => splitApprover(one)[1]) ?? [],
  check: (app, declared, place, apps) => faults(app, declared as ProcessDeclaration, place, apps),
};

export function splitApprover(approver: string): ['user' | 'group', string] {
  const colon = approver.indexOf(':');
  return [approver.slice(0, colon) as 'user' | 'group', approver.slice(colon + 1)];
}

function faults(
  app: App,
  { type, idPattern, states, transitions = {}, approval }: ProcessDeclaration,
  place: string,
  apps: readonly AppDeclaration[],
): AppError[] {
  const found: AppError[] = [];
  if (!isProcessIdPattern(idPattern)) {
    found.push(errors.idPattern({ value: idPattern }, `${place}/idPattern`));
  }
  const owner = apps.find((other) => other.id !== app.id && processOf(other)?.type === type);
  if (owner) found.push(errors.typeTaken({ type, app: owner.id }, `${place}/type`));
  const named = app.declaration.fields.findIndex(({ name }) => name === 'state');
  if (named >= 0)
    found.push(errors.stateField({}, `${place.replace(/\/process$/, '')}/fields/${named}/name`));
  const known = new Set<string>();
  for (const [index, one] of states.entries()) {
    if (known.has(one)) found.push(errors.stateTwice({ state: one }, `${place}/states/${index}`));
    known.add(one);
  }
  const unknown = (one: string, at: string) => {
    if (!known.has(one)) found.push(errors.stateUnknown({ state: one }, place + at));
  };
  for (const [from, followers] of Object.entries(transitions)) {
    const at = `/transitions${pointerStep(from)}`;
    unknown(from, at);
    for (const [index, to] of followers.entries()) unknown(to, `${at}/${index}`);
  }
  if (approval === undefined) return found;
  for (const key of ['state', 'approved', 'rejected'] as const) unknown(approval[key], `/approval/${key}`);
  if (approval.state === approval.approved || approval.state === approval.rejected) {
    found.push(errors.approvalStates({ state: approval.state }, `${place}/approval`));
  }
  for (const [index, approver] of approval.approvers.entries()) {
    const [kind, id] = splitApprover(approver);
    if (app.lookups[kind](id) === undefined) {
      found.push(errors.approverUnknown({ approver }, `${place}/approval/approvers/${index}`));
    }
  }
  return found;
}
