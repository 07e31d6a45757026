import { wholeContents } from '../parameters.ts';
import { type RequestContext, type RequestType, successful } from './request-type.ts';

/** A request that takes rows as its contents and gives nothing back. */
function taking(
  parameters: readonly string[],
  work: (context: RequestContext, text: string) => Promise<void>,
): RequestType {
  return {
    parameters,
    async run(context) {
      for (const name of parameters) context.parameters.required(name);
      await work(context, await wholeContents(context.contents));
      return successful;
    },
  };
}

/** A request without contents that gives text back. */
function giving(
  parameters: readonly string[],
  work: (context: RequestContext) => Promise<string>,
): RequestType {
  return {
    parameters,
    async run(context) {
      await wholeContents(context.contents);
      return { ...successful, returned: [await work(context)] };
    },
  };
}

const application = ({ parameters }: RequestContext) => parameters.required('APPLICATION');

export const exportDimension = giving(['APPLICATION', 'DIMENSION', 'FORMAT_VERSION'], async (context) => {
  context.parameters.choice('FORMAT_VERSION', ['1.0']);
  return context.planning.exportDimension(application(context), context.parameters.required('DIMENSION'));
});

export const importDimension = taking(['APPLICATION', 'DIMENSION'], (context, text) =>
  context.planning.importDimension(
    context.caller,
    application(context),
    context.parameters.required('DIMENSION'),
    text,
  ),
);

export const exportParticipants = giving(['APPLICATION'], (context) =>
  context.planning.exportParticipants(application(context)),
);

export const importParticipants = taking(['APPLICATION'], (context, text) =>
  context.planning.importParticipants(context.caller, application(context), text),
);

export const exportParticipantAuths = giving(['APPLICATION'], (context) =>
  context.planning.exportAuthorities(application(context)),
);

export const importParticipantAuths = taking(['APPLICATION'], (context, text) =>
  context.planning.importAuthorities(context.caller, application(context), text, context.accounts.known),
);

export const exportUserAccounts = giving([], ({ accounts, caller }) => accounts.export(caller));

export const importUserAccounts = taking([], ({ accounts, caller }, text) => accounts.import(caller, text));

export const importTranslationTable = taking(['APPLICATION', 'TRANSLATION_TABLE'], (context, text) =>
  context.planning.importTranslationTable(
    context.caller,
    application(context),
    context.parameters.required('TRANSLATION_TABLE'),
    text,
  ),
);

export const exportApplicationTemplate = giving(['APPLICATION'], (context) =>
  context.planning.exportTemplate(context.caller, application(context)),
);

/** Objects that found no place in the template are lost, which is a warning (fusion_place §2.3). */
export const importApplicationTemplate: RequestType = {
  parameters: ['APPLICATION'],
  async run(context) {
    const name = application(context);
    const text = await wholeContents(context.contents);
    const lost = await context.planning.importTemplate(context.caller, name, text);
    if (lost.length === 0) return { ...successful, returned: [text.trim()] };
    const intro =
      context.locale === 'ja' ? '次のものが失われました:' : 'The following was lost, with its values:';
    return { code: 'WARNED', messages: [intro, ...lost], returned: [text.trim()] };
  },
};
