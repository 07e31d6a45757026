import type { Planning } from '../../../modules/planning/index.ts';
import type { Caller } from '../../../platform/caller.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { Parameters } from '../parameters.ts';
import type { Outcome } from '../response-writer.ts';
import type { UserAccounts } from '../user-accounts.ts';

/** What a request type works on. */
export type RequestContext = {
  caller: Caller;
  locale: Locale;
  parameters: Parameters;
  /** Must be read to its end before anything is committed: only then is the request known to be well-formed. */
  contents: AsyncIterable<string>;
  planning: Planning;
  accounts: UserAccounts;
};

/** One `type` of request (fusion_place §3). */
export type RequestType = {
  /** Names of its parameters. */
  parameters: readonly string[];
  run(context: RequestContext): Promise<Outcome>;
};

export const successful: Outcome = { code: 'SUCCESSFUL', messages: [] };
