import { requestErrors, wholeContents } from '../parameters.ts';
import { type RequestContext, type RequestType, successful } from './request-type.ts';

/** A request without contents that gives nothing back. */
function doing(parameters: readonly string[], work: (context: RequestContext) => Promise<void>): RequestType {
  return {
    parameters,
    async run(context) {
      await wholeContents(context.contents);
      await work(context);
      return successful;
    },
  };
}

const ofForm = (context: RequestContext) => ({
  application: context.parameters.required('APPLICATION'),
  participant: context.parameters.required('PARTICIPANT'),
  edition: context.parameters.optional('LEDGER_EDITION'),
  povs: context.parameters.povs,
});

const formParameters = ['APPLICATION', 'LEDGER_EDITION', 'PARTICIPANT', 'POV'];

export const calculateByForm = doing([...formParameters, 'FORM'], (context) =>
  context.planning.calculateByForm(context.caller, {
    ...ofForm(context),
    form: context.parameters.required('FORM'),
  }),
);

export const runScript = doing([...formParameters, 'SCRIPT'], (context) =>
  context.planning.runScript(context.caller, {
    ...ofForm(context),
    script: context.parameters.required('SCRIPT'),
  }),
);

export const publishEdition = doing(
  ['APPLICATION', 'SOURCE_EDITION', 'SCENARIOS'],
  ({ planning, caller, parameters }) => {
    const scenarios = (parameters.optional('SCENARIOS') ?? '').split(',').map((label) => label.trim());
    return planning.publishEdition(caller, {
      application: parameters.required('APPLICATION'),
      source: parameters.optional('SOURCE_EDITION'),
      scenarios: scenarios.filter((label) => label !== ''),
    });
  },
);

export const compressEditions = doing(['APPLICATION'], ({ planning, caller, parameters }) =>
  planning.compressEditions(caller, parameters.required('APPLICATION')),
);

const ofEdition = ({ parameters }: RequestContext) => ({
  application: parameters.required('APPLICATION'),
  edition: parameters.required('LEDGER_EDITION'),
});

export const compressLedgerLines = doing(['APPLICATION', 'LEDGER_EDITION'], (context) =>
  context.planning.compressLedgerLines(context.caller, ofEdition(context)),
);

export const deleteLedgerHistory = doing(['APPLICATION', 'LEDGER_EDITION'], (context) =>
  context.planning.deleteHistory(context.caller, ofEdition(context)),
);

export const intakeToProcess = doing(
  ['APPLICATION', 'PROCESS_DEFINITION', 'FISCAL_YEAR', 'PERIOD'],
  ({ planning, caller, parameters }) =>
    planning.intakeToProcess(caller, {
      application: parameters.required('APPLICATION'),
      definition: parameters.required('PROCESS_DEFINITION'),
      fiscalYear: parameters.required('FISCAL_YEAR'),
      period: parameters.required('PERIOD'),
    }),
);

/** WARNED while the limit leaves garbage behind (fusion_place §3). */
export const sweepGarbage: RequestType = {
  parameters: ['LIMIT'],
  async run({ planning, caller, parameters, contents, locale }) {
    const given = parameters.optional('LIMIT') ?? '1000';
    if (!/^[1-9]\d{0,8}$/.test(given)) throw requestErrors.value({ name: 'LIMIT', value: given });
    await wholeContents(contents);
    if (!(await planning.sweepGarbage(caller, Number(given)))) return successful;
    const message = locale === 'ja' ? '不要データが残っています' : 'There is garbage left';
    return { code: 'WARNED', messages: [message] };
  },
};

export const backupApplication: RequestType = {
  parameters: ['APPLICATION'],
  async run({ planning, caller, parameters, contents }) {
    const application = parameters.required('APPLICATION');
    await wholeContents(contents);
    return { ...successful, returned: await planning.backupApplication(caller, application) };
  },
};
