import { Type } from 'typebox';
import type { DelegatedCheck } from '../../modules/identity/index.ts';
import { bearerToken } from './bearer-token.ts';
import type { Area, Ssm } from './index.ts';

const Credentials = Type.Object({ username: Type.String(), password: Type.String() });

/** Tokens: login, refresh, logout (ssm §1.6, contract §4 and §7). */
export function authRoutes(area: Area, ssm: Ssm, delegate: DelegatedCheck | undefined): void {
  const { tokens } = ssm;
  const lives = { access: ssm.accessTokenTtl, refresh: ssm.refreshTokenTtl };

  area.post('/login', { schema: { body: Credentials } }, async (request) => {
    const { username, password } = request.body;
    return tokens.login({ username, password }, ssm.how(request), lives, delegate);
  });

  area.post('/refresh', async (request) => tokens.refresh(bearerToken(request), ssm.how(request), lives));

  area.delete('/logout', async (request, reply) => {
    await tokens.logout(bearerToken(request), ssm.how(request));
    return reply.code(204).send();
  });
}
