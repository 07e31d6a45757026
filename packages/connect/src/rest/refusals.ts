import { type DatabaseError, IntegrityError, OperationalError } from '../errors.ts';
import type { HttpAnswer } from '../http/client.ts';
import type { Log } from '../log.ts';

/** The error for an answer that is no success (connector §2.5). */
export function refusal(answer: HttpAnswer, method: string, log: Log): DatabaseError {
  const { status } = answer;
  const place = `${method} ${answer.url} answered ${status}`;
  const text = log.masked(serverText(answer));
  const said = text ? `: ${text}` : '';
  const details = { status };
  if (status === 401) return new OperationalError(`${place}: the credentials were refused${said}`, details);
  if (status === 403) return new OperationalError(`${place}: not permitted${said}`, details);
  if (status === 404) return new OperationalError(`${place}: there is no such record${said}`, details);
  if (status === 507)
    return new OperationalError(`${place}: the plan limit of the account is reached${said}`, details);
  if (status === 422 || status === 409 || (status === 400 && method !== 'GET')) {
    return new IntegrityError(`${place}: the content was refused${said}`, details);
  }
  return new OperationalError(`${place}${said}`, details);
}

/** What the service says in plain words: texts of its XML or JSON, else the reason phrase. */
function serverText(answer: HttpAnswer): string {
  const type = String(answer.headers['content-type'] ?? '');
  if (/html/.test(type)) return answer.reason;
  const body = answer.body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;|&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
  return (body || answer.reason).slice(0, 500);
}
