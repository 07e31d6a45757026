import { authorizationAddress } from './auth/oauth-endpoints.ts';
import type { Row, Value } from './engine/shape.ts';
import { NotSupportedError, ProgrammingError } from './errors.ts';
import type { OAuthParts, RestConnection } from './rest/open.ts';
import { nearest } from './settings/connection-string.ts';

export interface ProcedureInput {
  name: string;
  required: boolean;
  default: string;
  description: string;
}

/** A stored procedure, run with EXEC (connector §3.3). */
export interface Procedure {
  name: string;
  description: string;
  inputs: ProcedureInput[];
  outputs: string[];
  run(parts: OAuthParts, inputs: (name: string) => string, signal: AbortSignal): Promise<Row>;
}

const input = (name: string, description: string, standard = '', required = false): ProcedureInput => ({
  name,
  required,
  default: standard,
  description,
});

const authMode = input(
  'AuthMode',
  'WEB (web_server) or APP; user_agent is taken for the address only',
  'WEB',
);
const state = input('State', 'Given back by the service; protects against forged answers');
const tokenOutputs = ['OAuthAccessToken', 'OAuthRefreshToken', 'ExpiresIn'];

const tokenRow = (tokens: { accessToken: string; refreshToken?: string; expiresIn?: number }): Row => [
  tokens.accessToken,
  tokens.refreshToken ?? null,
  tokens.expiresIn === undefined ? null : String(tokens.expiresIn),
];

function modeOf(given: string): 'WEB' | 'APP' | 'USER_AGENT' {
  const mode = given.toUpperCase();
  if (mode === 'WEB' || mode === 'WEB_SERVER') return 'WEB';
  if (mode === 'APP' || mode === 'USER_AGENT') return mode;
  throw new ProgrammingError(`AuthMode "${given}" is not one of WEB, web_server, APP, user_agent`);
}

export const procedures: Procedure[] = [
  {
    name: 'GetOAuthAuthorizationURL',
    description: 'Gives the address at which the user grants access',
    inputs: [
      authMode,
      input('CallbackURL', 'Redirect address; default: the connection property CallbackURL'),
      state,
      input('Permissions', 'Custom permissions to ask for'),
    ],
    outputs: ['URL'],
    async run({ description, oauth }, value) {
      const application = oauth.application();
      const callbackUrl = value('CallbackURL') || application.callbackUrl;
      const type = modeOf(value('AuthMode')) === 'USER_AGENT' ? 'user_agent' : 'web_server';
      const options = { state: value('State'), permissions: value('Permissions'), type } as const;
      return [authorizationAddress(description, { ...application, callbackUrl }, options)];
    },
  },
  {
    name: 'GetOAuthAccessToken',
    description:
      'Exchanges the code of the redirect for tokens; with AuthMode APP and no code it opens the browser',
    inputs: [
      authMode,
      input(
        'CallbackUrl',
        'Redirect address that was used for the code; default: the connection property CallbackURL',
      ),
      input('Verifier', 'The code of the redirect'),
      state,
    ],
    outputs: tokenOutputs,
    async run({ oauth, endpoint }, value, signal) {
      const mode = modeOf(value('AuthMode'));
      const application = oauth.application();
      const callbackUrl = value('CallbackUrl') || application.callbackUrl;
      const verifier = value('Verifier');
      if (verifier)
        return tokenRow(await endpoint.exchange({ ...application, callbackUrl }, verifier, signal));
      if (mode !== 'APP') throw new ProgrammingError('GetOAuthAccessToken needs Verifier');
      const tokens = await oauth.authorize(signal);
      return tokenRow(tokens);
    },
  },
  {
    name: 'RefreshOAuthAccessToken',
    description: 'Gets a new access token for a refresh token',
    inputs: [input('OAuthRefreshToken', 'The refresh token', '', true)],
    outputs: tokenOutputs,
    async run({ oauth, endpoint }, value, signal) {
      return tokenRow(await endpoint.refresh(oauth.application(), value('OAuthRefreshToken'), signal));
    },
  },
];

/** Procedures of a source: those of OAuth, where it can be used. */
export const proceduresOf = ({ source }: RestConnection): Procedure[] =>
  source.description.auth.some(({ type }) => type === 'oauth') ? procedures : [];

/** @throws ProgrammingError for an unknown procedure or input, or a missing one. */
export async function runProcedure(
  parts: RestConnection,
  name: string,
  inputs: ReadonlyMap<string, Value>,
  signal: AbortSignal,
): Promise<{ columns: string[]; rows: Row[] }> {
  const procedure = procedures.find((known) => known.name.toLowerCase() === name.toLowerCase());
  if (!procedure) {
    const near = nearest(
      name,
      procedures.map((known) => known.name),
    );
    throw new ProgrammingError(`There is no procedure ${name}${near ? `; did you mean ${near}?` : ''}`);
  }
  if (!parts.oauth) throw new NotSupportedError(`${procedure.name} needs AuthScheme=OAuth`);
  for (const given of inputs.keys()) {
    if (!procedure.inputs.some((known) => known.name.toLowerCase() === given)) {
      throw new ProgrammingError(
        `${procedure.name} has no input ${given}; it takes ${procedure.inputs.map((known) => known.name).join(', ')}`,
      );
    }
  }
  const value = (wanted: string): string => {
    const known = procedure.inputs.find((one) => one.name === wanted)!;
    return String(inputs.get(wanted.toLowerCase()) ?? known.default);
  };
  for (const known of procedure.inputs) {
    if (known.required && value(known.name) === '')
      throw new ProgrammingError(`${procedure.name} needs ${known.name}`);
  }
  return { columns: procedure.outputs, rows: [await procedure.run(parts.oauth, value, signal)] };
}
