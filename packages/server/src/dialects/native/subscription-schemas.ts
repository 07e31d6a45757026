import Type from 'typebox';
import { orphanActions, subscriptionStates } from '../../modules/catalog/index.ts';
import { strict } from './schemas.ts';

/** What goes in and out of the routes of subscriptions (contract §5, §7). */

export const largestKey = Number.MAX_SAFE_INTEGER;
const Text = Type.Optional(Type.String());
const Instant = Type.String({ format: 'date-time' });
const Texts = Type.Record(Type.String(), Type.String());
const Amount = Type.String({ description: 'A decimal' });

export const Parameters = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
);
export const User = Type.Object(
  { user: Type.String({ minLength: 1 }), role: Type.Optional(Type.String()) },
  strict,
);
export const ReferenceId = Type.String({ maxLength: 255 });

export const Subscription = Type.Object({
  key: Type.String(),
  id: Type.String(),
  organization: Type.String({ description: 'The customer' }),
  service: Type.String(),
  supplier: Type.String(),
  state: Type.Enum([...subscriptionStates]),
  referenceId: Text,
  parameters: Type.Record(Type.String(), Type.String(), { description: 'Without passwords' }),
  attributes: Texts,
  users: Type.Array(Type.Object({ user: Type.String(), role: Text, applicationUserId: Text })),
  instance: Type.Optional(
    Type.Object({ instanceId: Type.String(), accessInfo: Text, baseUrl: Text, loginPath: Text }),
  ),
  message: Type.Optional(Type.String({ description: 'Progress, or what went wrong last' })),
  vmsNumber: Type.Optional(Type.Integer()),
  createdAt: Instant,
  activatedAt: Type.Optional(Instant),
  endedAt: Type.Optional(Instant),
});

const OperationState = Type.Enum(['RUNNING', 'COMPLETED', 'ERROR']);
export const Executed = Type.Object({
  transactionId: Type.String(),
  operation: Type.String(),
  state: OperationState,
});
export const Operation = Type.Object({
  ...Executed.properties,
  user: Type.String(),
  at: Instant,
  updatedAt: Instant,
  parameters: Texts,
  message: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: 'Progress or mistake, by locale' }),
  ),
});
export const OperationForm = Type.Object({
  operation: Type.String(),
  parameters: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.Enum(['INPUT_STRING', 'REQUEST_SELECT']),
      mandatory: Type.Boolean(),
      values: Type.Optional(Type.Array(Type.String(), { description: 'What the application offers' })),
    }),
  ),
});

const orNull = (type: Type.TSchema) => Type.Union([type, Type.Null()]);
export const Call = Type.Object({
  id: Type.Integer(),
  at: Instant,
  operation: Type.String(),
  url: Type.String(),
  request: Type.String({ description: 'The arguments as XML, secrets masked' }),
  status: orNull(Type.Integer()),
  answer: orNull(Type.String()),
  error: orNull(Type.String()),
  durationMs: Type.Integer(),
});

export const orphanStates = ['open', 'deleted', 'givenUp'] as const;
export const Orphan = Type.Object({
  id: Type.Integer(),
  at: Instant,
  provider: Type.String(),
  technicalService: Type.Integer({ description: 'Its key' }),
  technicalServiceId: Type.String(),
  organization: Type.String({ description: 'The customer' }),
  subscriptionId: Type.String(),
  instanceId: orNull(Type.String({ description: 'Null: the application never told it' })),
  reason: Type.String(),
  tries: Type.Integer(),
  lastError: orNull(Type.String()),
  nextTryAt: orNull(Type.String({ format: 'date-time', description: 'When it is deleted by itself' })),
  state: Type.Enum([...orphanStates]),
});
export const OrphanAction = Type.Enum([...orphanActions]);

const amounts = {
  oneTime: Amount,
  recurring: Amount,
  users: Amount,
  parameters: Amount,
  events: Amount,
  total: Amount,
};
export const PricePreview = Type.Object({
  from: Instant,
  to: Instant,
  currency: Type.Optional(Type.String({ description: 'Absent: it is free' })),
  ...amounts,
});
