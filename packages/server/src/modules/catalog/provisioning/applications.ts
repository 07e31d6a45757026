import type { Database } from '../../../platform/database/database.ts';
import { AppError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log/log.ts';
import type { Outbound } from '../../../platform/outbound/outbound.ts';
import type { Element } from '../../../platform/soap/element.ts';
import type { Definition } from '../definition/model.ts';
import { errors } from '../errors.ts';
import { insertCall } from '../store/calls.ts';
import {
  type InstanceInfo,
  type InstanceRequest,
  type Result,
  readInstance,
  readResult,
  readUsers,
  type SoapAttribute,
  type SoapParameter,
  type SoapUser,
  writeArguments,
} from './messages.ts';
import { CallFailure, createSoapClient, type Endpoint, type ServiceAddress } from './soap-client.ts';

/** What a change of parameters or of the service tells the application. */
export type Modification = {
  instanceId: string;
  subscriptionId: string;
  referenceId: string | undefined;
  parameterValues: readonly SoapParameter[];
  attributeValues: readonly SoapAttribute[];
  requestingUser: SoapUser;
};

export type ModifyOperation =
  | 'modifySubscription'
  | 'asyncModifySubscription'
  | 'upgradeSubscription'
  | 'asyncUpgradeSubscription';

/**
 * The provisioning service of one application (oscm §3.3). Every function throws a `CallFailure` with
 * `catalog.notAlive` when the application cannot be reached and `catalog.operationFailed`, with the application's own
 * text, when it refuses.
 */
export type Application = {
  ping(): Promise<void>;
  /** Custom attributes; the application's verdict on them is not looked at (oscm §3.3). */
  saveAttributes(organizationId: string, attributes: readonly SoapAttribute[], user: SoapUser): Promise<void>;
  createInstance(request: InstanceRequest, user: SoapUser): Promise<InstanceInfo>;
  /** Gives the application's message. */
  asyncCreateInstance(request: InstanceRequest, user: SoapUser): Promise<string | undefined>;
  modify(operation: ModifyOperation, modification: Modification): Promise<string | undefined>;
  activate(
    operation: 'activateInstance' | 'deactivateInstance',
    instanceId: string,
    user: SoapUser,
  ): Promise<void>;
  deleteInstance(
    instance: { instanceId: string; organizationId: string; subscriptionId: string },
    user: SoapUser,
  ): Promise<void>;
  /** Gives the application's own ids of the users, by user id. */
  createUsers(instanceId: string, users: readonly SoapUser[], user: SoapUser): Promise<Map<string, string>>;
  changeUsers(
    operation: 'updateUsers' | 'deleteUsers',
    instanceId: string,
    users: readonly SoapUser[],
    user: SoapUser,
  ): Promise<void>;
};

export type OperationValue = { name: string; value: string };

/** The operation service of one operation (oscm §4.1). */
export type OperationService = {
  parameterValues(call: {
    userId: string;
    instanceId: string;
    operationId: string;
  }): Promise<OperationValue[]>;
  execute(
    call: { userId: string; instanceId: string; transactionId: string; operationId: string },
    parameters: readonly OperationValue[],
  ): Promise<{ asyncExecution: boolean }>;
};

export type Target = {
  technicalService: number;
  subscription: number | undefined;
  /** With its secrets in clear. */
  definition: Definition;
};

export type Applications = {
  provisioning(target: Target): Application;
  operation(target: Target, actionUrl: string): OperationService;
};

export type ApplicationsOptions = { database: Database; outbound: Outbound; log: Logger; timeoutMs: number };

/** What of an answer is kept in the record of calls, in characters. */
const keptAnswer = 4000;

export function createApplications({
  database,
  outbound,
  log,
  timeoutMs,
}: ApplicationsOptions): Applications {
  const client = createSoapClient(outbound, timeoutMs);

  type Arguments = Parameters<typeof writeArguments>[0];

  /** One call with its WSDL look-up, recorded whether it succeeds or not. */
  async function send(
    target: Target,
    wsdlUrl: string,
    operation: string,
    action: (operation: string) => string,
    args: Arguments,
    skip: (endpoint: Endpoint) => boolean = () => false,
  ): Promise<Element | undefined> {
    const { provisioningUsername: username, provisioningPassword: password } = target.definition;
    const address: ServiceAddress = { wsdlUrl, username, password };
    const started = performance.now();
    const record = (outcome: { status?: number | undefined; text?: string | undefined; error?: string }) =>
      insertCall(database, {
        technicalService: target.technicalService,
        subscription: target.subscription,
        operation,
        url: wsdlUrl,
        request: writeArguments(args, true),
        status: outcome.status,
        answer: outcome.text?.slice(0, keptAnswer).replaceAll('\u0000', ''),
        error: outcome.error,
        durationMs: Math.round(performance.now() - started),
      });
    try {
      const endpoint = await client.resolve(address);
      if (skip(endpoint)) return undefined;
      const soapAction = action(operation);
      const answer = await client.call(address, endpoint, {
        operation,
        soapAction,
        content: writeArguments(args),
      });
      await record(answer);
      return answer.content;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const { subscription, technicalService } = target;
      log.warn(
        { operation, subscription, technicalService, reason: error.message },
        'an application call failed',
      );
      await record({ status: error.status, text: error.text, error: error.message });
      throw error;
    }
  }

  return {
    provisioning(target) {
      const { provisioningUrl } = target.definition;
      const plain = async (operation: string, args: Arguments) => {
        const answer = await send(target, provisioningUrl, operation, (name) => `urn:${name}`, args);
        return successful(operation, answer);
      };
      const requestingUser = (user: SoapUser): SoapUser => ({
        ...user,
        roleIdentifier: undefined,
        applicationUserId: undefined,
      });
      return {
        async ping() {
          await send(target, provisioningUrl, 'sendPing', (name) => `urn:${name}`, { arg: 'ping' });
        },
        async saveAttributes(organizationId, attributeValues, user) {
          const args = { organizationId, attributeValues, requestingUser: requestingUser(user) };
          const is17 = ({ version }: Endpoint) => version === 'v1.7';
          await send(target, provisioningUrl, 'saveAttributes', (name) => `urn:${name}`, args, is17);
        },
        async createInstance(request, user) {
          const { element } = await plain('createInstance', {
            request,
            requestingUser: requestingUser(user),
          });
          const instance = readInstance(element);
          if (instance === undefined) throw broken('createInstance', 'no instance');
          return instance;
        },
        async asyncCreateInstance(request, user) {
          const args = { request, requestingUser: requestingUser(user) };
          return (await plain('asyncCreateInstance', args)).desc;
        },
        async modify(operation, { requestingUser: user, ...args }) {
          return (await plain(operation, { ...args, requestingUser: requestingUser(user) })).desc;
        },
        async activate(operation, instanceId, user) {
          await plain(operation, { instanceId, requestingUser: requestingUser(user) });
        },
        async deleteInstance(instance, user) {
          await plain('deleteInstance', { ...instance, requestingUser: requestingUser(user) });
        },
        async createUsers(instanceId, users, user) {
          const args = { instanceId, users, requestingUser: requestingUser(user) };
          return readUsers((await plain('createUsers', args)).element);
        },
        async changeUsers(operation, instanceId, users, user) {
          await plain(operation, { instanceId, users, requestingUser: requestingUser(user) });
        },
      };
    },

    operation(target, actionUrl) {
      return {
        async parameterValues(call) {
          const answer = await send(target, actionUrl, 'getParameterValues', () => '', call);
          return (answer?.children ?? []).flatMap((element) => {
            const [name, value] = ['name', 'value'].map(
              (local) => element.children.find((inner) => inner.local === local)?.text.trim() ?? '',
            );
            return name ? [{ name, value: value ?? '' }] : [];
          });
        },
        async execute(call, parameters) {
          const args = { ...call, parameters };
          const answer = await send(target, actionUrl, 'executeServiceOperation', () => '', args);
          const result = answer?.children.find(({ local }) => local === 'return');
          const text = (local: string) =>
            result?.children.find((inner) => inner.local === local)?.text.trim();
          const reason = text('errorMessage');
          if (reason) throw refused('executeServiceOperation', reason);
          return { asyncExecution: text('asyncExecution') === 'true' || text('asyncExecution') === '1' };
        },
      };
    },
  };
}

function successful(operation: string, answer: Element | undefined): Result {
  const result = answer && readResult(answer);
  if (result === undefined) throw broken(operation, 'no result');
  if (result.rc === undefined || !Number.isInteger(result.rc)) throw broken(operation, 'no rc');
  if (result.rc !== 0) throw refused(operation, result.desc ?? `rc ${result.rc}`);
  return result;
}

/** The application answered, and its answer is no. */
function refused(operation: string, reason: string): CallFailure {
  return new CallFailure(errors.operationFailed({ operation, reason }), false);
}

/** The application says yes and leaves out what matters: it may well have acted. */
function broken(operation: string, reason: string): CallFailure {
  return new CallFailure(errors.operationFailed({ operation, reason }), true);
}

/** What to tell the caller of a call that failed. */
export function callError(error: unknown): unknown {
  return error instanceof CallFailure ? error.error : error;
}

/** The same as text for an operator. */
export function reasonOf(error: unknown): string {
  if (error instanceof CallFailure) return error.message;
  return error instanceof AppError || error instanceof Error ? error.message : String(error);
}
