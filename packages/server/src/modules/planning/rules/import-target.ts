import type { Locale } from '../../../platform/errors.ts';
import { storedChange } from './change.ts';
import { type CsvRow, csvField } from './csv-rows.ts';
import { importFields } from './form-faults.ts';
import type { AccessArea, OpenForm } from './form-view.ts';
import { foldLabel } from './labels.ts';
import { accountType, dimensionOf, isNumeric, type Member } from './model.ts';
import { scale } from './numbers.ts';
import { type RowFault, rowFaults } from './row-faults.ts';
import { assuredView, periodOf } from './time.ts';
import { createTranslator, ignoreCode, type TranslationRule } from './translation.ts';

/** Where a value is kept and as what, or why it may not be. */
export type CheckedCell = {
  /** Stored ids: scenario, fy, account, change, d1, …; undefined where there is a fault. */
  key: number[] | undefined;
  month: number;
  /** Scaled, debit-positive. */
  amount: string | undefined;
  /** Of a non-numeric cell; empty makes it blank. */
  text: string | undefined;
  /** The sign was turned on the way in, so it is turned on the way out. */
  turned: boolean;
  fault: RowFault | undefined;
};

/** A record's way into the ledger: for each value field one of these. */
export type StagedRow = CheckedCell & {
  valueField: string;
  /** The record's columns as they stood in the file, values last. */
  cells: readonly string[];
  /** Field values as CSV, before translation and after it. */
  raw: string;
  translated: string;
  value: string;
};

export type CellCheckOptions = {
  open: OpenForm;
  write: AccessArea;
  openMonths: (scenario: number, fy: number) => number;
};

export type ImportTargetOptions = CellCheckOptions & {
  translations: ReadonlyMap<string, readonly TranslationRule[]>;
};

type Resolved = { text: string; member: Member | undefined; ignored: boolean };
type Field = { label: string; resolve: (raw: string) => Resolved; place: number };

/** How many different codes of a field are remembered. */
const rememberedCodes = 200_000;

/**
 * Says of a cell, named by its member of each of the ledger's dimensions, where a value for it is kept, or why it may
 * not be written.
 */
export function createCellCheck({ open, write, openMonths }: CellCheckOptions) {
  const { application, form, ledger, dimensions } = open;
  const places = new Map(dimensions.map(({ label }, index) => [label, index]));
  const custom = ledger.dimensions;
  const monthOf = new Map(
    dimensionOf(application, '#PERIOD').members.map((one) => [one, periodOf(one.id).to]),
  );
  const restricted = [...write].filter(([label]) => places.has(label));
  const [scenarioAt, fyAt, periodAt, viewAt, accountAt, changeAt] = [0, 1, 2, 3, 4, 5] as const;

  return function check(members: readonly (Member | undefined)[], value: string): CheckedCell {
    for (let place = 0; place < members.length; place++) {
      if (members[place] === undefined) return refused(rowFaults.unknownMember(dimensions[place]!.label));
    }
    const all = members as readonly Member[];
    const account = all[accountAt]!;
    const type = accountType(account);
    if (type === 'none') return refused(rowFaults.outside);
    if (all[viewAt]!.id !== assuredView) return refused(rowFaults.outside);
    const numeric = isNumeric(type);
    for (let place = 0; place < all.length; place++) {
      if (place === periodAt || place === viewAt || place === changeAt) continue;
      const member = all[place]!;
      if (numeric && !member.leaf) return refused(rowFaults.notLeaf(member.label));
      if (!member.active) return refused(rowFaults.inactive(member.label));
    }
    const change = storedChange(all[changeAt]!.id, type !== 'flow');
    if (change === undefined) return refused(rowFaults.outside);
    const scenario = all[scenarioAt]!.id;
    const fy = all[fyAt]!.id;
    const month = monthOf.get(all[periodAt]!)!;
    if ((openMonths(scenario, fy) & (1 << (month - 1))) === 0) return refused(rowFaults.closed);
    for (const [label, allowed] of restricted) {
      if (!allowed.has(all[places.get(label)!]!.id)) return refused(rowFaults.denied);
    }
    const key = [scenario, fy, account.id, change];
    for (let index = 0; index < custom.length; index++) key.push(all[index + 6]!.id);
    if (!numeric) {
      const text = cellText(type, account, value);
      if (text === undefined) return refused(rowFaults.wrongValue(value));
      return { key, month, amount: undefined, text, turned: false, fault: undefined };
    }
    const turned = (form.sign ?? account.properties['#DR_CR']) === 'CR';
    const amount = value === '' ? undefined : scale(value, turned);
    if (amount === 'notNumeric') return refused(rowFaults.notNumeric(value));
    if (amount === 'outOfRange') return refused(rowFaults.outOfRange(value));
    return { key, month, amount, text: undefined, turned, fault: undefined };
  };
}

function refused(fault: RowFault): CheckedCell {
  return { key: undefined, month: 0, amount: undefined, text: undefined, turned: false, fault };
}

/**
 * Says of each record where it goes and what is wrong with it (fusion_place §3.1). The rows of a record that a
 * translation ignores are none.
 */
export function createImportTarget({ translations, ...options }: ImportTargetOptions) {
  const { application, form, fixed, dimensions } = options.open;
  const check = createCellCheck(options);
  const places = new Map(dimensions.map(({ label }, index) => [label, index]));
  const fields = importFields(form).map(({ field, translate }): Field => {
    const dimension = places.has(field) ? dimensionOf(application, field) : undefined;
    const translator = translate ? createTranslator(translations.get(translate) ?? []) : undefined;
    return {
      label: field,
      place: places.get(field) ?? -1,
      resolve: remember((raw) => {
        const code = translator ? (translator(raw) ?? raw) : raw;
        const text = dimension ? foldLabel(code) : code;
        return { text, member: dimension?.byLabel.get(text), ignored: text === ignoreCode };
      }),
    };
  });
  const values = form.import?.values?.length ? form.import.values : [{ label: '', fixed: {} }];
  const givens = values.map(({ label, fixed: own }) => {
    const members: (Member | undefined)[] = dimensions.map((dimension) => fixed.get(dimension.label));
    for (const [name, member] of Object.entries(own)) {
      members[places.get(name)!] = dimensionOf(application, name).byLabel.get(member);
    }
    return { label, members };
  });
  /** The first column beyond the fields is the implicit value, or as many as there are value fields. */
  return function stage({ fields: cells }: CsvRow): StagedRow[] {
    const resolved: Resolved[] = [];
    let raw = '';
    let translated = '';
    let changed = false;
    for (let index = 0; index < fields.length; index++) {
      const cell = cells[index] ?? '';
      const found = fields[index]!.resolve(cell);
      if (found.ignored) return [];
      resolved.push(found);
      const rawField = csvField(cell);
      raw = index === 0 ? rawField : `${raw},${rawField}`;
      if (changed || found.text !== cell) {
        changed = true;
        translated = `${translated}${index === 0 ? '' : ','}${csvField(found.text)}`;
      } else {
        translated = raw;
      }
    }
    const width = cells.length === fields.length + values.length;
    return givens.map(({ label, members: given }, index): StagedRow => {
      const value = cells[fields.length + index] ?? '';
      const members = given.slice();
      let fault: RowFault | undefined = width ? undefined : rowFaults.width;
      for (let at = 0; at < fields.length && !fault; at++) {
        const { place, label: name } = fields[at]!;
        const { member, text } = resolved[at]!;
        if (place < 0) continue;
        if (member === undefined) fault = rowFaults.unknown(name, text);
        else if (members[place] !== undefined && members[place] !== member) fault = rowFaults.outside;
        members[place] = member;
      }
      const {
        key,
        month,
        amount,
        text,
        turned,
        fault: refusal,
      } = fault ? refused(fault) : check(members, value);
      return {
        valueField: label,
        key,
        month,
        amount,
        text,
        turned,
        fault: refusal,
        cells,
        raw,
        translated,
        value,
      };
    });
  };
}

/** What a non-numeric cell holds: Booleans as True and False, enumerations as the item; undefined where it may not. */
function cellText(type: string, account: Member, value: string): string | undefined {
  if (type === 'string' || value === '') return value;
  const wanted = value.replace(/\s/g, '').toLowerCase();
  if (type === 'boolean') return wanted === 'true' ? 'True' : wanted === 'false' ? 'False' : undefined;
  const items = (account.properties['#VALUES'] ?? '').split('\n');
  return items.find((item) => item.replace(/\s/g, '').toLowerCase() === wanted);
}

function remember(resolve: (raw: string) => Resolved): (raw: string) => Resolved {
  const known = new Map<string, Resolved>();
  return (raw) => {
    const held = known.get(raw);
    if (held) return held;
    const found = resolve(raw);
    if (known.size < rememberedCodes) known.set(raw, found);
    return found;
  };
}

/** The labels that head the log's field columns. */
export function fieldLabels({ form }: OpenForm): string[] {
  return importFields(form).map(({ field }) => field);
}

export function hasValueFields({ form }: OpenForm): boolean {
  return (form.import?.values?.length ?? 0) > 0;
}

export function faultText(fault: RowFault, locale: Locale): string {
  return fault.text[locale];
}
