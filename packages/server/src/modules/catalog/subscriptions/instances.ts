import type { AppError } from '../../../platform/errors.ts';
import { characters } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import type { InstanceInfo } from '../provisioning/messages.ts';
import { isAbsoluteUrl } from '../rules/urls.ts';
import type { Subscription } from './model.ts';

/** What is wrong with an instance that an application names (oscm §3.6); undefined when nothing is. */
export function instanceFault(
  { instanceId, accessInfo, baseUrl, loginPath }: InstanceInfo,
  { definition }: Pick<Subscription, 'definition'>,
): { member: string; reason: string } | undefined {
  const { accessType } = definition;
  if (!instanceId) return { member: 'instanceId', reason: 'REQUIRED' };
  if (characters(instanceId) > 255) return { member: 'instanceId', reason: 'LENGTH' };
  if (accessInfo && characters(accessInfo) > 4096) return { member: 'accessInfo', reason: 'LENGTH' };
  const needsInfo = accessType === 'DIRECT' || accessType === 'USER';
  if (needsInfo && !accessInfo && !definition.accessInfo.en)
    return { member: 'accessInfo', reason: 'REQUIRED' };
  if (baseUrl && (characters(baseUrl) > 255 || !isAbsoluteUrl(baseUrl)))
    return { member: 'baseUrl', reason: 'URL' };
  if (loginPath && characters(loginPath) > 255) return { member: 'loginPath', reason: 'LENGTH' };
  if (accessType === 'LOGIN' && Boolean(baseUrl) !== Boolean(loginPath)) {
    return { member: baseUrl ? 'loginPath' : 'baseUrl', reason: 'REQUIRED' };
  }
  return undefined;
}

/** The fault of an instance given by an answer (`upstream`) or by a callback (`invalid`). */
export function checkInstance(
  instance: InstanceInfo,
  subscription: Pick<Subscription, 'definition'>,
  from: 'answer' | 'callback',
): AppError | undefined {
  const fault = instanceFault(instance, subscription);
  if (fault === undefined) return undefined;
  return from === 'answer' ? errors.instance(fault) : errors.instanceGiven(fault);
}
