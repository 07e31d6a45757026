import type { FastifyRequest } from 'fastify';
import { errors } from './errors.ts';

/**
 * The token of `Authorization: Bearer …`; undefined without the header. The scheme is case-sensitive, as in the
 * library that the product uses (ssm §2.4 L1).
 */
export function bearerToken({ headers }: FastifyRequest): string | undefined {
  const value = headers.authorization?.trim();
  if (!value) return undefined;
  const [scheme, token, ...rest] = value.split(/\s+/);
  if (scheme !== 'Bearer' || token === undefined || rest.length > 0) throw errors.badHeader();
  return token;
}
