import type { Locale } from '../../platform/errors.ts';
import type { Outbound, OutboundAnswer, OutboundFailure } from '../../platform/outbound/outbound.ts';
import type { WebhookDeclaration } from './definition.ts';
import { judge } from './rules/judgement.ts';
import { signatureHeaders } from './rules/signature.ts';

/** Within this the answer must be complete, in milliseconds (appsuite §1.4). */
const timeoutMs = 30_000;
/** What is read of an answer, in bytes. */
const readLimit = 1024 * 1024;
/** What the history keeps of an answer, in characters. */
const keptResponse = 2000;

/** How one try ended. */
export type Outcome = {
  at: Date;
  /** Milliseconds. */
  ms: number;
  status: number | null;
  /** What goes into the error log; null when it went well. */
  error: string | null;
  /** What was sent, without secrets. */
  request: object | null;
  /** The beginning of the answer's body. */
  response: string | null;
};

/** One try of a webhook: the product's request, and its judgement of the answer. */
export async function performWebhook(
  outbound: Pick<Outbound, 'send'>,
  webhook: WebhookDeclaration,
  delivery: { id: string; body: string },
  locale: Locale,
): Promise<Outcome> {
  const at = new Date();
  const { signingSecret } = webhook;
  const headers = {
    'user-agent': 'Renkei',
    ...webhook.headers,
    'content-type': 'application/json',
    ...(signingSecret && signatureHeaders(signingSecret, delivery.id, at, delivery.body)),
  };
  const answer = await outbound.send({
    method: 'POST',
    url: webhook.url,
    headers,
    body: delivery.body,
    timeoutMs,
    maxResponseBytes: readLimit,
  });
  const verdict = judge(answer);
  const request = { url: shownUrl(webhook.url), headers: shownHeaders(headers, webhook.headers ?? {}) };
  const seen = { at, ms: answer.durationMs, request, ...shownAnswer(answer) };
  if (verdict === 'done') return { ...seen, error: null };
  return { ...seen, error: 'message' in verdict ? verdict.message : verdict.error.text(locale) };
}

/** An address as it may be shown: queries often hold keys. */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + (search && '?…');
}

/** Headers of the workspace file may be secrets: their names are enough. */
function shownHeaders(headers: object, own: Record<string, string>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Object.hasOwn(own, name) ? '***' : value]),
  );
}

function shownAnswer(answer: OutboundAnswer | OutboundFailure) {
  if (!answer.ok) return { status: null, response: null };
  const response = new TextDecoder().decode(answer.body.subarray(0, keptResponse * 4)).slice(0, keptResponse);
  return { status: answer.status, response };
}
