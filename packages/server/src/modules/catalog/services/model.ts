import type { Texts } from '../definition/model.ts';
import type { Period } from './schema.ts';

/** Decimal digits, exact. */
export type Decimal = string;

/** Rising limits, the last without one (oscm §4.6). */
export type Step = { readonly limit?: number; readonly price: Decimal };
/** One price, or steps of prices. */
export type Price = Decimal | { readonly steps: readonly Step[] };

/** What a service costs (oscm §4.6); absent parts cost nothing. */
export type PriceModel = {
  readonly type: 'PRO_RATA' | 'PER_UNIT';
  /** ISO 4217. */
  readonly currency: string;
  readonly oneTime?: Decimal;
  /** Days from the activation that cost nothing. */
  readonly freePeriod: number;
  readonly recurring?: { readonly amount: Decimal; readonly period: Period };
  readonly perUser?: {
    readonly price?: Price;
    readonly period: Period;
    /** Added while a user has the role. */
    readonly roles: Readonly<Record<string, Decimal>>;
  };
  readonly parameters: Readonly<Record<string, ParameterPrice>>;
  readonly events: Readonly<Record<string, Price>>;
};

export type ParameterPrice = {
  readonly period: Period;
  readonly price?: Price;
  readonly perUser?: Decimal;
  readonly options: Readonly<Record<string, { readonly price?: Decimal; readonly perUser?: Decimal }>>;
};

export type ServiceParameter = { readonly value?: string; readonly configurableByCustomer: boolean };

/** A marketable service: what a supplier sells of a technical service. */
export type Service = {
  readonly key: number;
  readonly id: string;
  readonly name: Texts;
  readonly supplier: string;
  readonly technicalService: number;
  readonly parameters: Readonly<Record<string, ServiceParameter>>;
  readonly prices: PriceModel | undefined;
  readonly compatible: readonly string[];
  readonly active: boolean;
};
