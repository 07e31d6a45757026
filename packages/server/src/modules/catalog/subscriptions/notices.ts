import type { Queryable } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { Person } from '../people.ts';
import { readMembers } from '../store/organizations.ts';
import type { Context } from './context.ts';
import type { Subscription } from './model.ts';

/** Mails about subscriptions, written into the transaction of what they tell (oscm §3.7, §3.8, §3.9, §1.4 fact 21). */

export type Mail = { subject: Record<Locale, string>; text: Record<Locale, string> };

/** To the users of the technology provider. */
export async function mailProvider(
  context: Context,
  tx: Queryable,
  provider: string,
  mail: Mail,
): Promise<void> {
  await context.notify(tx, await membersOf(context, tx, provider), mail);
}

/** To the customer's administrators, and whoever asked for the subscription. */
async function mailCustomer(
  context: Context,
  tx: Queryable,
  { organization, owner }: Subscription,
  mail: Mail,
): Promise<void> {
  const members = await membersOf(context, tx, organization);
  const admins = members.filter(({ roles }) => roles.has('customerAdmin'));
  const asker = (await context.people.usersByNumber([owner])).get(owner);
  const isOther = asker !== undefined && !asker.removed && !admins.some(({ number }) => number === owner);
  await context.notify(tx, isOther ? [...admins, asker] : admins, mail);
}

async function membersOf({ people }: Context, tx: Queryable, organization: string): Promise<Person[]> {
  const users = await people.usersByNumber(await readMembers(tx, organization));
  return [...users.values()].filter(({ removed }) => !removed);
}

/** It is in use from now on; how users get in is part of the mail (oscm §1.4 fact 21). */
export function tellActivated(context: Context, tx: Queryable, subscription: Subscription): Promise<void> {
  const { id, serviceId, definition, accessInfo } = subscription;
  const info = (language: Locale) =>
    accessInfo ?? definition.accessInfo[language] ?? definition.accessInfo.en;
  const withInfo = (text: string, language: Locale) =>
    info(language) === undefined ? text : `${text}\n\n${info(language)}`;
  return mailCustomer(context, tx, subscription, {
    subject: {
      ja: `利用申請 ${id} の利用を開始できます`,
      en: `The subscription ${id} is ready`,
    },
    text: {
      ja: withInfo(`サービス ${serviceId} の利用申請 ${id} が有効になりました。`, 'ja'),
      en: withInfo(`The subscription ${id} of the service ${serviceId} is active.`, 'en'),
    },
  });
}

/** Nothing came of it. */
export function tellFailed(
  context: Context,
  tx: Queryable,
  subscription: Subscription,
  reason: string,
): Promise<void> {
  const { id, serviceId } = subscription;
  return mailCustomer(context, tx, subscription, {
    subject: { ja: `利用申請 ${id} は中止されました`, en: `The subscription ${id} was aborted` },
    text: {
      ja: `サービス ${serviceId} の利用申請 ${id} は成立しませんでした。\n\n${reason}`,
      en: `The subscription ${id} of the service ${serviceId} did not come about.\n\n${reason}`,
    },
  });
}

/** The instance is gone from its application; the provider has to make it anew (oscm §3.8). */
export async function tellVanished(
  context: Context,
  tx: Queryable,
  subscription: Subscription,
): Promise<void> {
  const { id, organization, provider, definition } = subscription;
  const mail = {
    subject: {
      ja: `利用申請 ${id} のインスタンスがありません`,
      en: `The instance of the subscription ${id} is gone`,
    },
    text: {
      ja: `組織 ${organization} の利用申請 ${id}（${definition.id}）のインスタンスがアプリケーションにありません。状態はPENDINGに戻りました。`,
      en: `The application no longer has the instance of the subscription ${id} of ${organization} (${definition.id}). It is PENDING again.`,
    },
  };
  await mailCustomer(context, tx, subscription, mail);
  await mailProvider(context, tx, provider, mail);
}

/** An asynchronous provisioning takes longer than its definition allows (oscm §3.9). */
export function tellLate(context: Context, tx: Queryable, subscription: Subscription): Promise<void> {
  const { id, organization, provider, definition } = subscription;
  return mailProvider(context, tx, provider, {
    subject: {
      ja: `利用申請 ${id} のプロビジョニングがタイムアウトしました`,
      en: `The provisioning of the subscription ${id} timed out`,
    },
    text: {
      ja: `組織 ${organization} の利用申請 ${id}（${definition.id}）は、定義された時間内に完了していません。状態はPENDINGのままで、完了の通知は引き続き受け付けます。`,
      en: `The subscription ${id} of ${organization} (${definition.id}) was not completed in the time its definition allows. It stays PENDING, and its completion is still accepted.`,
    },
  });
}
