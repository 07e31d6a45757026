import type { Caller } from '../../../platform/caller.ts';
import { AppError, collectErrors, pointerStep } from '../../../platform/errors.ts';
import { sanitizeRichText } from '../../../platform/html/rich-text.ts';
import { type App, type AppField, isComputed } from '../app.ts';
import { errors } from '../errors.ts';
import type { Access } from './access.ts';
import { type Lookups, memberReference, readValue, type StoredValue } from './values.ts';

/** Where in the request the values stood, and whether fields are named or addressed by identifier. */
export type InputForm = {
  by: 'name' | 'alias' | 'either';
  place: string;
  /** The dialect has cleaned rich text by its own rules (SSM, ssm §1.9). */
  cleaned?: boolean;
};

export type RecordInput = {
  values: Readonly<Record<string, unknown>>;
  state?: string;
};

/** The word under which a client addresses a field. */
export function nameOf(field: AppField, form: InputForm): string {
  return form.by === 'name' ? field.name : (field.alias ?? field.name);
}

function findField(app: App, name: string, { by }: InputForm): AppField | undefined {
  const byAlias = by === 'name' ? undefined : app.fields.find(({ alias }) => alias === name);
  return byAlias ?? (by === 'alias' ? undefined : app.fieldsByName.get(name));
}

/** What a client gave, field by field; faults are collected with their places. */
export function readInput(
  app: App,
  access: Access,
  input: Readonly<Record<string, unknown>>,
  form: InputForm,
  lookups: Lookups,
  faults: AppError[],
): Map<AppField, StoredValue> {
  const values = new Map<AppField, StoredValue>();
  for (const [name, given] of Object.entries(input)) {
    const place = form.place + pointerStep(name);
    const field = findField(app, name, form);
    if (!field || access.hidden.has(field)) {
      faults.push(errors.fieldUnknown({ field: name }, place));
    } else if (isComputed(field)) {
      faults.push(errors.computed({ field: name }, place));
    } else if (access.readOnly.has(field)) {
      faults.push(errors.readOnly({ field: name }, place));
    } else {
      const result = readValue(field, given, lookups, place);
      if ('fault' in result) faults.push(result.fault);
      else values.set(field, form.cleaned ? result.value : cleaned(field, result.value, place, faults));
    }
  }
  return values;
}

/** Rich text without what a browser could run: whoever shows it may trust it. Text without markup stays as it is. */
function cleaned(field: AppField, value: StoredValue, place: string, faults: AppError[]): StoredValue {
  if (field.type !== 'richText' || typeof value !== 'string') return value;
  try {
    return sanitizeRichText(value);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    faults.push(error.within(place));
    return null;
  }
}

/** Defaults of the fields that a new record leaves out. */
export function defaultValues(app: App, caller: Caller, lookups: Lookups): Map<AppField, StoredValue> {
  const values = new Map<AppField, StoredValue>();
  for (const field of app.fields) {
    if (field.default === undefined) continue;
    if (field.default === 'LOGINUSER()' && field.type === 'users') {
      values.set(field, [caller.user]);
      continue;
    }
    const given = field.default === 'NOW()' ? nowAs(field) : field.default;
    const result = readValue(field, given, lookups, '');
    if ('value' in result) values.set(field, result.value);
  }
  return values;

  function nowAs(field: AppField): string {
    const instant = new Date();
    if (field.kind === 'dateTime') return instant.toISOString();
    const local = new Date(instant).toLocaleString('sv-SE', { timeZone: lookups.timeZone });
    return field.kind === 'date' ? local.slice(0, 10) : local.slice(11, 19);
  }
}

/** The state that a save asks for, checked against those of the process. */
export function readState(
  app: App,
  state: string | undefined,
  place: string,
  faults: AppError[],
): string | undefined {
  if (state === undefined || app.states?.includes(state)) return state;
  faults.push(errors.stateUnknown({ state, states: (app.states ?? []).join(', ') }, place));
  return undefined;
}

/** Users and groups that the inputs name, to be looked up in one go. */
export function inputReferences(app: App, inputs: readonly RecordInput[]): (string | number)[] {
  const fields = app.fields.filter((field) => /^(users|groups|table)$/.test(field.kind));
  if (fields.length === 0) return [];
  const names = new Set(fields.flatMap(({ name, alias }) => [name, alias]));
  return inputs.flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, given]) => (names.has(name) ? referencesIn(given) : [])),
  );
}

function referencesIn(given: unknown): (string | number)[] {
  if (Array.isArray(given)) return given.flatMap(referencesIn);
  const reference = memberReference(given);
  if (reference !== undefined) return [reference];
  return typeof given === 'object' && given !== null ? Object.values(given).flatMap(referencesIn) : [];
}

export function throwFaults(faults: readonly AppError[]): void {
  const error = collectErrors(faults);
  if (error) throw error;
}
