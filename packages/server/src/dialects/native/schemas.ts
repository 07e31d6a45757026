import { type TSchema, Type } from 'typebox';

/** Shapes that many routes share (contract §5). */

export const strict = { additionalProperties: false };

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Items at most; default 50' })),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: '`next` of the page before' })),
};
export const defaultLimit = 50;

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  requestId: Type.String(),
  errors: Type.Optional(
    Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String(), code: Type.String() })),
  ),
});

export function page(item: TSchema): TSchema {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });
}

/** Answers of a route: its own, and problem documents for the rest. */
export function answers(status: number, schema: TSchema) {
  return { [status]: schema, '4xx': Problem, '5xx': Problem };
}

export const NoContent = Type.Null({ description: 'Nothing' });
