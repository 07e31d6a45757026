import type { Database } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Automation } from './compiled.ts';
import { errors } from './errors.ts';
import type { Claimed } from './store/claim.ts';
import { pause } from './store/pauses.ts';
import type { Result } from './store/results.ts';

/** Counts failures in a row and pauses what keeps failing, with a line in the error log. */
export function createPauses(deps: {
  database: Database;
  log: Logger;
  locale: () => Locale;
  automationOf: (delivery: Claimed) => Promise<Automation | undefined>;
}) {
  const failures = new Map<string, number>();

  return {
    async onResult(delivery: Claimed, { error, state }: Result): Promise<void> {
      const key = `${delivery.app}/${delivery.automation}`;
      if (error === null) {
        if (state === 'done') failures.delete(key);
        return;
      }
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const limit = (await deps.automationOf(delivery))?.webhook?.pauseAfter;
      if (limit === undefined || count < limit) return;
      failures.delete(key);
      const reason = errors.paused({ count }).text(deps.locale());
      if (await pause(deps.database, delivery, reason)) {
        deps.log.warn(
          { app: delivery.app, automation: delivery.automation, failures: count },
          'a target is paused',
        );
      }
    },
  };
}
