import { type DatabaseError, IntegrityError, OperationalError } from '../errors.ts';
import type { HttpAnswer } from '../http/client.ts';
import type { Log } from '../log.ts';
import type { Envelope, Reader } from './description.ts';

/**
 * What an answer with a status of its own says: undefined for success, `empty` where it says that there are no
 * rows, else the error.
 */
export function verdict(
  envelope: Envelope | undefined,
  body: () => Reader,
  answer: HttpAnswer,
  method: string,
  log: Log,
): 'empty' | DatabaseError | undefined {
  if (!envelope) return undefined;
  const read = body();
  const status = read.cell(envelope.status);
  if (envelope.ok.includes(String(status))) return undefined;
  const matches = ([path, values]: [string, string[]]) => values.includes(String(read.cell(path)));
  if (Object.entries(envelope.empty ?? {}).some(matches)) return 'empty';
  const said = read.cell(envelope.message);
  const text = `${method} ${answer.url} answered ${envelope.status} "${status ?? ''}"${said ? `: ${said}` : ''}`;
  const Refused = method === 'GET' ? OperationalError : IntegrityError;
  return new Refused(log.masked(text), { status: answer.status });
}
