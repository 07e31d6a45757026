import pg from 'pg';
import { pointerStep } from '../../../platform/errors.ts';
import type { App } from '../app.ts';
import { errors } from '../errors.ts';

/** What PostgreSQL refused, in our words: a value that must be unique, a result that is out of range. */
export function saveError(error: unknown, app: App): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  if (error.code === '23505') {
    const column = /_(f\d+)_unique$/.exec(error.constraint ?? '')?.[1];
    const field = app.fields.find((one) => one.column === column);
    return field ? errors.notUnique({ field: field.name }, `/fields${pointerStep(field.name)}`) : error;
  }
  // class 22: numeric overflow, date out of range, and the like, met while computing
  if (error.code?.startsWith('22')) return errors.outOfRange({ reason: error.message });
  return error;
}
