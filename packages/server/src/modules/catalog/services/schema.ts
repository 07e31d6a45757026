import Type, { type Static } from 'typebox';

/** The shape of a marketable service in the REST API and in the workspace file (contract, `catalog.services`). */

const closed = { additionalProperties: false } as const;

const amount = Type.Union(
  [Type.Number({ minimum: 0 }), Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,10})?$' })],
  {
    description: 'A price: a number, or its decimal digits as text',
  },
);
const period = Type.Union([
  Type.Literal('month'),
  Type.Literal('week'),
  Type.Literal('day'),
  Type.Literal('hour'),
]);
const steps = Type.Object(
  {
    steps: Type.Array(
      Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1 })), price: amount }, closed),
      { minItems: 1, description: 'Rising limits; the last step has none' },
    ),
  },
  closed,
);
const amountOrSteps = Type.Union([amount, steps]);

export const pricesSchema = Type.Object(
  {
    type: Type.Optional(Type.Union([Type.Literal('PRO_RATA'), Type.Literal('PER_UNIT')])),
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
    oneTime: Type.Optional(amount),
    freePeriod: Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500, description: 'Days' })),
    recurring: Type.Optional(Type.Object({ amount, period }, closed)),
    perUser: Type.Optional(
      Type.Object(
        {
          amount: Type.Optional(amount),
          steps: Type.Optional(steps.properties.steps),
          period,
          roles: Type.Optional(Type.Record(Type.String(), amount)),
        },
        closed,
      ),
    ),
    parameters: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            period,
            amount: Type.Optional(amountOrSteps),
            perUser: Type.Optional(amount),
            options: Type.Optional(
              Type.Record(
                Type.String(),
                Type.Object({ amount: Type.Optional(amount), perUser: Type.Optional(amount) }, closed),
              ),
            ),
          },
          closed,
        ),
      ),
    ),
    events: Type.Optional(Type.Record(Type.String(), amountOrSteps)),
  },
  closed,
);

export const serviceSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'At most 40 characters' }),
    name: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'By locale' })),
    technicalService: Type.Object(
      {
        id: Type.String({ minLength: 1 }),
        version: Type.Optional(Type.String({ description: 'Left out for OSCM 1.9 definitions' })),
        organization: Type.Optional(Type.String({ description: 'Its provider; default: the supplier' })),
      },
      closed,
    ),
    supplier: Type.String({ minLength: 1 }),
    parameters: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            value: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
            configurableByCustomer: Type.Optional(Type.Boolean()),
          },
          closed,
        ),
      ),
    ),
    prices: Type.Optional(pricesSchema),
    compatible: Type.Optional(
      Type.Array(Type.String(), { description: 'Services a subscription may be upgraded to' }),
    ),
    active: Type.Optional(Type.Boolean({ description: 'On sale; default true' })),
  },
  closed,
);

export type ServiceInput = Static<typeof serviceSchema>;
export type PricesInput = Static<typeof pricesSchema>;
export type Period = Static<typeof period>;

/** What may be changed of a service that exists; its id, supplier and technical service stay. */
export const serviceChangeSchema = Type.Object(
  {
    name: serviceSchema.properties.name,
    parameters: serviceSchema.properties.parameters,
    prices: Type.Optional(Type.Union([pricesSchema, Type.Null()])),
    compatible: serviceSchema.properties.compatible,
    active: serviceSchema.properties.active,
  },
  closed,
);
export type ServiceChange = Static<typeof serviceChangeSchema>;
