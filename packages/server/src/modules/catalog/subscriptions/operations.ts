import { randomUUID } from 'node:crypto';
import { type Caller, isAdmin } from '../../../platform/caller.ts';
import { collectErrors, pointerStep } from '../../../platform/errors.ts';
import { actAs } from '../access.ts';
import type { Operation } from '../definition/model.ts';
import { errors } from '../errors.ts';
import { callError, reasonOf } from '../provisioning/applications.ts';
import { readAssignments } from '../store/assignments.ts';
import {
  insertOperation,
  type OperationRecord,
  type OperationState,
  readOperation,
  readOperations,
  updateOperation,
} from '../store/operations.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { type Context, demandState, targetOf } from './context.ts';
import type { Subscription } from './model.ts';

export type OperationParameterView = {
  id: string;
  type: string;
  mandatory: boolean;
  /** What the application offers for a REQUEST_SELECT. */
  values?: string[];
};

/** What a subscribed application can be asked to do (oscm §4.1); any assigned user may ask. */
export function createOperations(context: Context) {
  const { database, applications, people } = context;

  async function demand(caller: Caller, key: number, id: string) {
    const subscription = await readSubscription(database, key);
    if (subscription === undefined) throw errors.subscription({ key });
    const assignment = (await readAssignments(database, [key]))
      .get(key)
      ?.find(({ user }) => user === caller.user);
    if (assignment === undefined) throw errors.notAssigned({ user: caller.login });
    demandState(subscription, 'operation');
    const operation = subscription.definition.operations.find((one) => one.id === id);
    if (operation === undefined) throw errors.operation({ id });
    const service = applications.operation(targetOf(context, subscription), operation.actionURL);
    const call = {
      userId: assignment.applicationUserId ?? caller.login,
      instanceId: subscription.instanceId ?? '',
      operationId: id,
    };
    return { subscription, operation, service, call };
  }

  return {
    /** The parameters of an operation; the application is asked for choices where there are any to make. */
    async describe(caller: Caller, key: number, id: string): Promise<OperationParameterView[]> {
      const { operation, service, call } = await demand(caller, key, id);
      const { userId, instanceId, operationId } = call;
      const asks = operation.parameters.some(({ type }) => type === 'REQUEST_SELECT');
      try {
        const values = asks ? await service.parameterValues({ userId, instanceId, operationId }) : [];
        return operation.parameters.map(({ id: parameter, type, mandatory }) => ({
          id: parameter,
          type,
          mandatory,
          ...(type === 'REQUEST_SELECT' && {
            values: values.filter(({ name }) => name === parameter).map(({ value }) => value),
          }),
        }));
      } catch (error) {
        throw callError(error);
      }
    },

    async execute(
      caller: Caller,
      key: number,
      id: string,
      given: Readonly<Record<string, string>>,
    ): Promise<{ transactionId: string; operation: string; state: OperationState }> {
      const { subscription, operation, service, call } = await demand(caller, key, id);
      demandParameters(operation, given);
      const transactionId = randomUUID();
      // stored first: a progress report may be quicker than the answer
      await insertOperation(database, {
        transactionId,
        subscription: subscription.key,
        operation: id,
        user: caller.user,
        state: 'RUNNING',
        parameters: given,
      });
      const { userId, instanceId, operationId } = call;
      try {
        const parameters = Object.entries(given).map(([name, value]) => ({ name, value }));
        const { asyncExecution } = await service.execute(
          { userId, instanceId, transactionId, operationId },
          parameters,
        );
        if (!asyncExecution) await updateOperation(database, transactionId, 'COMPLETED', null, true);
      } catch (error) {
        const text = reasonOf(error);
        await updateOperation(database, transactionId, 'ERROR', { en: text }, true);
        throw callError(error);
      }
      const record = (await readOperation(database, transactionId)) as OperationRecord;
      return { transactionId, operation: id, state: record.state };
    },

    async list(subscription: Subscription, limit: number): Promise<(OperationRecord & { login: string })[]> {
      const records = await readOperations(database, subscription.key, limit);
      const users = await people.usersByNumber(new Set(records.map(({ user }) => user)));
      return records.map((record) => ({ ...record, login: users.get(record.user)?.login ?? '' }));
    },

    /** The provider's word on an operation that runs on (oscm §3.8). */
    async updateProgress(
      caller: Caller,
      transactionId: string,
      state: OperationState,
      message: Readonly<Record<string, string>>,
    ): Promise<void> {
      const record = await readOperation(database, transactionId);
      const subscription = record && (await readSubscription(database, record.subscription));
      if (subscription === undefined) throw errors.operation({ id: transactionId });
      if (!isAdmin(caller)) await actAs(database, caller, 'technologyProvider', subscription.provider);
      await updateOperation(database, transactionId, state, message, false);
    },
  };
}
export type Operations = ReturnType<typeof createOperations>;

/** Mandatory parameters are filled, and no others than the declared ones are there (oscm §4.1). */
function demandParameters(operation: Operation, given: Readonly<Record<string, string>>): void {
  const known = new Set(operation.parameters.map(({ id }) => id));
  const unknown = Object.keys(given).filter((id) => !known.has(id));
  if (unknown.length > 0) throw errors.unknownOperationParameter({ id: unknown.join(', ') });
  const missing = operation.parameters.filter(({ id, mandatory }) => mandatory && !given[id]?.trim());
  const error = collectErrors(
    missing.map(({ id }) =>
      errors.operationParameter({ id, member: id, reason: 'REQUIRED' }, `/parameters${pointerStep(id)}`),
    ),
  );
  if (error) throw error;
}
