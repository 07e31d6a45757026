import type { Dialect } from '../../../platform/caller.ts';

const soap = /^\/(?:ServiceProvisioning|Subscription|Event|Session)Service(?:\/|\?|$)/;
/** Looking at the traffic makes none, or the page that shows it would feed itself. */
const own = /^\/v1\/(?:traffic|events)(?:[/?]|$)/;
const firstParts: readonly [RegExp, Dialect][] = [
  [/^\/v1(?:[/?]|$)/, 'native'],
  [/^\/cgi-bin\/dneo(?:[/?]|$)/, 'appsuite'],
  [/^\/(?:api|auth|healthcheck)(?:[/?]|$)/, 'ssm'],
  [/^\/fusionplace(?:[/?]|$)/, 'fusion_place'],
  [/^\/opt(?:[/?]|$)/, 'oscm'],
  [soap, 'oscm'],
];

/**
 * The dialect whose address this is (contract §4), routed or not; undefined for the console's own files, health checks
 * and looks at the traffic, which are not recorded.
 */
export function dialectOf(url: string): Dialect | undefined {
  if (own.test(url)) return undefined;
  return firstParts.find(([pattern]) => pattern.test(url))?.[1];
}
