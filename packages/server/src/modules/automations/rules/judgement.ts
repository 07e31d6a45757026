import type { AppError } from '../../../platform/errors.ts';
import type { OutboundAnswer, OutboundFailure } from '../../../platform/outbound/outbound.ts';
import { errors } from '../errors.ts';

/** Why a delivery failed: one of our sentences, or the receiver's own words. */
export type Verdict = 'done' | { error: AppError } | { message: string };

/**
 * What an answer means (appsuite §1.4): anything but status 200 is a failure, and so is a 200 whose body is JSON with
 * `result` = `ng`, whatever its content type; its `error_message` is the receiver's own word.
 */
export function judge(answer: OutboundAnswer | OutboundFailure): Verdict {
  if (!answer.ok) return { error: answer.error };
  if (answer.status !== 200) return { error: errors.status({ status: answer.status }) };
  const body = readJson(answer.body);
  if (typeof body !== 'object' || body === null || (body as { result?: unknown }).result !== 'ng')
    return 'done';
  const { error_message: message } = body as { error_message?: unknown };
  return typeof message === 'string' && message !== '' ? { message } : { error: errors.refused() };
}

function readJson(body: Buffer): unknown {
  try {
    // the decoder drops a byte order mark
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
