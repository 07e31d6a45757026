import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { errors } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { Serving } from './serve.ts';

/** One call of the API by somebody who is known. */
export type Call = {
  deps: Serving;
  caller: Caller;
  parameters: Parameters;
  request: FastifyRequest;
  reply: FastifyReply;
};

/** The answer's members beside `status`. */
export type Answer = Record<string, unknown>;
export type Action = (call: Call) => Promise<Answer>;

export function required({ parameters }: Call, name: string): string {
  const value = parameters.one(name);
  if (value === undefined || value === '') throw errors.parameterMissing({ name });
  return value;
}

/** A whole number that a parameter gives, or undefined where it is absent. */
export function integer({ parameters }: Call, name: string, minimum: number): number | undefined {
  const value = parameters.one(name);
  if (value === undefined || value === '') return undefined;
  if (!/^\d{1,15}$/.test(value) || Number(value) < minimum) {
    throw errors.parameterWrong({ name, allowed: `>= ${minimum}` });
  }
  return Number(value);
}

/** The app of `app_id`: a number, or `@` and its identifier (appsuite §2.1 fact 37). */
export async function appOf(call: Call): Promise<App> {
  const given = required(call, 'app_id');
  if (given.startsWith('@')) {
    if (/^@\d+$/.test(given)) throw errors.parameterWrong({ name: 'app_id', allowed: '59, @identifier' });
    return call.deps.records.app(call.caller, given.slice(1));
  }
  if (!/^\d{1,9}$/.test(given)) throw errors.parameterWrong({ name: 'app_id', allowed: '59, @identifier' });
  return call.deps.records.app(call.caller, Number(given));
}

export function dataIdOf(call: Call): number {
  required(call, 'data_id');
  return integer(call, 'data_id', 1)!;
}
