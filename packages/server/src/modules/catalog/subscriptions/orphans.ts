import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { actAs, actingOrganizations, demandRole } from '../access.ts';
import { errors } from '../errors.ts';
import { callError, reasonOf } from '../provisioning/applications.ts';
import {
  claimDueOrphans,
  giveUpOrphan,
  insertOrphan,
  type NewOrphan,
  noteTry,
  type Orphan,
  readOrphan,
  readOrphans,
  retryOrphan,
} from '../store/orphans.ts';
import { isInstanceTaken } from '../store/subscriptions.ts';
import { readTechnicalServicesByKey } from '../store/technical-services.ts';
import { type Context, renkeiItself, soapUser } from './context.ts';
import { mailProvider } from './notices.ts';

/** Instances that may be left at applications; for the provider of the technical service. */
export type Orphans = {
  listOrphans(
    caller: Caller,
    page: { state?: Orphan['state'] | undefined; limit: number; cursor?: string | undefined },
  ): Promise<{ items: Orphan[]; next: string | undefined }>;
  getOrphan(caller: Caller, id: number): Promise<Orphan>;
  /**
   * `delete` asks the application at once, in whatever state the orphan is; `retry` puts it back among those that the
   * server deletes by itself; `giveUp` leaves it alone. The instance has to be named where the application never told it.
   */
  settleOrphan(
    caller: Caller,
    id: number,
    action: OrphanAction,
    instanceId: string | undefined,
  ): Promise<Orphan>;
};
export const orphanActions = ['retry', 'delete', 'giveUp'] as const;
export type OrphanAction = (typeof orphanActions)[number];

/** Seconds until the next try after so many: doubled each time, from 30 seconds to six hours. */
const firstDelay = 30;
const longestDelay = 6 * 3600;
/** About a day of tries; then only an operator can help. */
const mostTries = 12;
const delayAfter = (tries: number) => Math.min(firstDelay * 2 ** tries, longestDelay);

const seeOrphans =
  'see GET /v1/catalog/orphans: look whether the application has the instance, then delete it again or give up';

/** Keeps an instance that may be left, and tells the operator; a deletion that has just failed is not repeated at once. */
export async function keepOrphan(
  { log }: Pick<Context, 'log'>,
  tx: Queryable,
  orphan: Omit<NewOrphan, 'retryAfter'>,
  { tried = false } = {},
): Promise<void> {
  await insertOrphan(tx, { ...orphan, retryAfter: tried ? delayAfter(0) : 0 });
  const { organization, subscriptionId, instanceId, reason, technicalService } = orphan;
  log.error(
    { organization, subscription: subscriptionId, technicalService, instanceId, reason },
    instanceId === null
      ? `an instance whose id was never told may be left at the application: ${seeOrphans}`
      : `the instance ${instanceId} may be left at the application; its deletion is tried by itself: ${seeOrphans}`,
  );
}

export function createOrphans(context: Context): Orphans {
  const { database } = context;

  async function find(caller: Caller, id: number): Promise<Orphan> {
    const orphan = await readOrphan(database, id);
    if (orphan === undefined) throw errors.orphan({ id });
    await actAs(database, caller, 'technologyProvider', orphan.provider);
    return orphan;
  }

  return {
    async listOrphans(caller, { state, limit, cursor }) {
      demandRole(caller, 'technologyProvider');
      const providers = isAdmin(caller)
        ? 'all'
        : (await actingOrganizations(database, caller)).map(({ id }) => id);
      const before = cursor === undefined ? undefined : Number(cursor);
      if (before !== undefined && !Number.isSafeInteger(before))
        throw errors.cursor({ cursor: cursor ?? '' });
      const rows = await readOrphans(database, providers, state, before, limit + 1);
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : undefined };
    },
    getOrphan: find,
    async settleOrphan(caller, id, action, given) {
      const orphan = await find(caller, id);
      if (action === 'giveUp') {
        await giveUpOrphan(database, id);
        return find(caller, id);
      }
      const instanceId = given ?? orphan.instanceId;
      if (instanceId === null) throw errors.orphanInstance({}, '/instanceId');
      if (await isInstanceTaken(database, orphan.technicalService, instanceId, 0)) {
        throw errors.orphanInUse({ instanceId });
      }
      if (action === 'retry') await retryOrphan(database, id, instanceId);
      else await tryDeletion(context, { ...orphan, instanceId });
      return find(caller, id);
    },
  };
}

/** Deletes what is due; at most so many at once, side by side, for a slow application holds up nobody else. */
export async function deleteDueOrphans(context: Context): Promise<void> {
  const claimed = await claimDueOrphans(context.database, 300, 20);
  const deletions = claimed.map(async (id) => {
    const orphan = await readOrphan(context.database, id);
    if (orphan?.instanceId == null || orphan.state !== 'open') return;
    const { technicalService, instanceId } = orphan;
    if (await isInstanceTaken(context.database, technicalService, instanceId, 0)) {
      // its application named an instance that belongs to somebody: deleting it would take it away from him
      await giveUpOrphan(context.database, id);
      return;
    }
    await tryDeletion(context, { ...orphan, instanceId });
  });
  await Promise.all(deletions);
}

async function tryDeletion(context: Context, orphan: Orphan & { instanceId: string }): Promise<void> {
  const { database, applications, definitions, log } = context;
  const { id, instanceId, organization: organizationId, subscriptionId } = orphan;
  const [technical] = await readTechnicalServicesByKey(database, [orphan.technicalService]);
  if (technical === undefined) return;
  const application = applications.provisioning({
    technicalService: technical.key,
    subscription: undefined,
    definition: definitions.open(technical),
  });
  try {
    await application.deleteInstance(
      { instanceId, organizationId, subscriptionId },
      soapUser(renkeiItself, context.locale()),
    );
    await noteTry(database, id, { state: 'deleted', instanceId, lastError: null, retryAfter: undefined });
  } catch (error) {
    if (callError(error) === error) throw error;
    const tries = orphan.tries + 1;
    const isLast = orphan.state === 'open' && tries >= mostTries;
    const state = orphan.state === 'open' && !isLast ? 'open' : 'givenUp';
    const lastError = `deleteInstance: ${reasonOf(error)}`;
    await database.transaction(async (tx) => {
      const retryAfter = state === 'open' ? delayAfter(tries) : undefined;
      await noteTry(tx, id, { state, instanceId, lastError, retryAfter });
      if (isLast) await tellGivenUp(context, tx, orphan, lastError);
    });
    if (isLast) {
      log.error(
        { orphan: id, instanceId, subscription: subscriptionId, organization: organizationId, lastError },
        `the deletion of the instance ${instanceId} was given up after ${tries} tries: ${seeOrphans}`,
      );
    }
  }
}

async function tellGivenUp(
  context: Context,
  tx: Queryable,
  { instanceId, subscriptionId, organization, technicalServiceId, provider }: Orphan,
  lastError: string,
): Promise<void> {
  await mailProvider(context, tx, provider, {
    subject: {
      ja: `インスタンス ${instanceId} を削除できませんでした`,
      en: `The instance ${instanceId} was not deleted`,
    },
    text: {
      ja: `組織 ${organization} の利用申請 ${subscriptionId}（${technicalServiceId}）のインスタンス ${instanceId} の削除を中止しました。アプリケーションを確認し、孤立したインスタンスの一覧から再度削除するか、放棄してください。\n\n${lastError}`,
      en: `The instance ${instanceId} of the subscription ${subscriptionId} of ${organization} (${technicalServiceId}) was not deleted, and is not tried again by itself. Look at the application, then delete it again or give up in the list of orphans.\n\n${lastError}`,
    },
  });
}
