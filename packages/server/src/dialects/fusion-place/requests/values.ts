import { StringDecoder } from 'node:string_decoder';
import { wholeContents } from '../parameters.ts';
import { type RequestContext, type RequestType, successful } from './request-type.ts';

const formParameters = ['APPLICATION', 'LEDGER_EDITION', 'FORM', 'PARTICIPANT', 'POV'];

function formRequest({ parameters }: RequestContext) {
  return {
    application: parameters.required('APPLICATION'),
    form: parameters.required('FORM'),
    participant: parameters.required('PARTICIPANT'),
    edition: parameters.optional('LEDGER_EDITION'),
    povs: parameters.povs,
  };
}

/** fusion_place §3.1 */
export const importValues: RequestType = {
  parameters: [...formParameters, 'FORMAT', 'NEWLINE_STYLE', 'MIN_SEVERITY'],
  async run(context) {
    const { caller, parameters, planning, contents, locale } = context;
    parameters.choice('FORMAT', ['csv']);
    parameters.choice('NEWLINE_STYLE', ['lf', 'crlf', 'cr']); // any is read
    const severity = parameters.choice('MIN_SEVERITY', ['ALL', 'INFO', 'WARN', 'WARNING', 'ERROR']);
    const request = { ...formRequest(context), faultsOnly: severity !== 'ALL' && severity !== 'INFO' };
    const { faults, log } = await planning.importValues(caller, request, contents, locale);
    const message =
      locale === 'ja'
        ? `${faults}件の値をインポートしませんでした。ログを確認してください`
        : `${faults} value(s) were not imported; see the log`;
    return {
      code: faults > 0 ? 'WARNED' : 'SUCCESSFUL',
      messages: faults > 0 ? [message] : [],
      returned: log.read(),
      discard: () => log.discard(),
    };
  },
};

/** fusion_place §3.2 */
export const exportValues: RequestType = {
  parameters: [...formParameters, 'FORMAT', 'NEWLINE_STYLE', 'QUOTE_STYLE'],
  async run(context) {
    const { caller, parameters, planning, contents } = context;
    const separator = parameters.choice('FORMAT', ['csv', 'tsv']) === 'csv' ? ',' : '\t';
    const newline = newlines[parameters.choice('NEWLINE_STYLE', ['lf', 'crlf', 'cr'])];
    const quote = parameters.choice('QUOTE_STYLE', ['always', 'minimal']);
    const request = formRequest(context);
    await wholeContents(contents);
    const { header, rows } = await planning.exportValues(caller, request, { separator, quote });
    return { ...successful, returned: withNewlines(header, rows, newline) };
  },
};

const newlines = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** Line ends of the rows as asked for; those inside quotes belong to the value. */
async function* withNewlines(
  header: string,
  rows: AsyncIterable<Buffer>,
  newline: string,
): AsyncGenerator<string | Buffer> {
  yield header.replaceAll('\n', newline);
  if (newline === '\n') {
    yield* rows;
    return;
  }
  const decoder = new StringDecoder('utf8');
  let quoted = false;
  for await (const bytes of rows) {
    yield decoder.write(bytes).replaceAll(/["\n]/g, (character) => {
      if (character === '"') quoted = !quoted;
      return character === '\n' && !quoted ? newline : character;
    });
  }
}
