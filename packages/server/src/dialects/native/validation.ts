import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { collectErrors, defineErrors } from '../../platform/errors.ts';

const errors = defineErrors('request', {
  field: { kind: 'invalid', ja: '{place}: {reason}', en: '{place}: {reason}' },
});

/** At most this many mistakes of one request are told. */
const shown = 20;

/**
 * Bodies are checked as they are (a number is no text); what comes in the address is text and is converted first.
 * Answers are written as they are: their schemas are there for /openapi.json.
 */
export function useTypeboxSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const compiled = Compile(schema);
    return (input: unknown) => {
      const value = httpPart === 'body' ? input : Value.Convert(schema, input);
      if (compiled.Check(value)) return { value };
      const faults = [...compiled.Errors(value)].slice(0, shown).map(({ instancePath, message }) => {
        const place = instancePath || '/';
        return errors.field({ place, reason: message }, instancePath);
      });
      return { error: collectErrors(faults) as Error };
    };
  });
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
}
