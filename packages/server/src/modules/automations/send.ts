import type { Locale } from '../../platform/errors.ts';
import type { Outbound, OutboundAnswer, OutboundFailure } from '../../platform/outbound/outbound.ts';
import type { WebhookDeclaration } from './definition.ts';
import { judge } from './rules/judgement.ts';
import { retryDelay, signatureHeaders } from './rules/signature.ts';
import type { Claimed } from './store/claim.ts';
import type { Result } from './store/results.ts';

/** Within this the answer must be complete, in milliseconds (appsuite §1.4). */
const timeoutMs = 30_000;
/** What is read of an answer, in bytes. */
const readLimit = 1024 * 1024;
/** What the history keeps of an answer, in characters. */
const keptResponse = 2000;

/** One try of a webhook: the product's request, and its judgement of the answer. */
export async function trySending(
  outbound: Pick<Outbound, 'send'>,
  delivery: Claimed,
  webhook: WebhookDeclaration,
  body: string,
  locale: Locale,
): Promise<Result> {
  const at = new Date();
  const answer = await outbound.send({
    method: 'POST',
    url: webhook.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Renkei',
      ...(webhook.signingSecret &&
        signatureHeaders(webhook.signingSecret, `delivery_${delivery.id}`, at, body)),
    },
    body,
    timeoutMs,
    maxResponseBytes: readLimit,
  });
  const verdict = judge(answer);
  const seen = { id: delivery.id, at, ms: answer.durationMs, ...shownAnswer(answer) };
  if (verdict === 'done') return { ...seen, state: 'done', delay: 0, error: null };
  const error = 'message' in verdict ? verdict.message : verdict.error.text(locale);
  const more = delivery.tries < (webhook.retries ?? 0);
  return { ...seen, state: more ? 'pending' : 'failed', delay: retryDelay(delivery.tries + 1), error };
}

function shownAnswer(answer: OutboundAnswer | OutboundFailure) {
  if (!answer.ok) return { status: null, response: null };
  const response = new TextDecoder().decode(answer.body.subarray(0, keptResponse * 4)).slice(0, keptResponse);
  return { status: answer.status, response };
}
