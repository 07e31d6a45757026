import { errors } from '../errors.ts';
import { defaultMembers, exportRows, importFields } from './form-faults.ts';
import { foldLabel } from './labels.ts';
import {
  type AccessTypeEntry,
  type Application,
  type Dimension,
  dimensionOf,
  type FormEntry,
  type Ledger,
  leavesBelow,
  ledgerDimensions,
  type Member,
  ownMember,
} from './model.ts';

/** One `POV` parameter: the member that a form parameter takes. */
export type Pov = { dimension: string; member: string };

/** A form opened at a point of view: what is fixed, what is free. */
export type OpenForm = {
  application: Application;
  form: FormEntry;
  ledger: Ledger;
  /** Members by dimension label: from the POV, else the form, else the defaults. */
  fixed: ReadonlyMap<string, Member>;
  /** All dimensions of the ledger. */
  dimensions: readonly Dimension[];
};

/**
 * Opens a form. Every parameter dimension must get a POV, and nothing else may (fusion_place §4.7).
 * @throws planning.unknownForm, planning.missingPov, planning.strayPov, planning.unknownMember
 */
export function openForm(
  application: Application,
  label: string,
  povs: readonly Pov[],
  use: 'import' | 'export',
): OpenForm {
  const form = application.design.forms.find((candidate) => candidate.label === foldLabel(label));
  if (!form) throw errors.unknownForm({ label: foldLabel(label) });
  const ledger = application.ledgers.get(form.ledger);
  if (!ledger) throw errors.unknownLedger({ label: form.ledger });
  const parameters = new Set(form.parameters ?? []);
  const chosen = new Map(povs.map(({ dimension, member }) => [foldLabel(dimension), foldLabel(member)]));
  for (const dimension of chosen.keys()) {
    if (!parameters.has(dimension)) throw errors.strayPov({ dimension, form: form.label });
  }
  for (const dimension of parameters) {
    if (!chosen.has(dimension)) throw errors.missingPov({ dimension });
  }
  const dimensions = ledgerDimensions(application, ledger);
  // a dimension that the form leaves open has no default
  const free = new Set(
    use === 'import'
      ? importFields(form).map(({ field }) => field)
      : exportRows(form).map(({ dimension }) => dimension),
  );
  const labels = new Map([
    ...Object.entries(defaultMembers).filter(([dimension]) => !free.has(dimension)),
    ...Object.entries(form.fixed ?? {}),
    ...chosen,
  ]);
  const fixed = new Map<string, Member>();
  for (const [dimension, member] of labels) {
    const found = dimensionOf(application, dimension).byLabel.get(member);
    if (!found) throw errors.unknownMember({ dimension, label: member });
    fixed.set(dimension, found);
  }
  return { application, form, ledger, fixed, dimensions };
}

/** Which leaves a participant may see or fill, by dimension label; a dimension that is not named is unrestricted. */
export type AccessArea = ReadonlyMap<string, ReadonlySet<number>>;

export function accessArea(
  application: Application,
  accessType: AccessTypeEntry | undefined,
  right: 'read' | 'write',
  keys: Readonly<Record<string, string>>,
): AccessArea {
  return new Map(
    Object.entries(accessType?.[right] ?? {}).map(([label, members]) => {
      const dimension = dimensionOf(application, label);
      const leaves = members.flatMap((name) => {
        const member = dimension.byLabel.get(name === ownMember ? (keys[label] ?? '') : name);
        return member ? [member.id, ...leavesBelow(dimension, member).map(({ id }) => id)] : [];
      });
      return [label, new Set(leaves)];
    }),
  );
}

/** Months that are open, as bits (bit 0 is M1), by fiscal year and scenario id: `open(scenario, fy)`. */
export function openMonths(application: Application): (scenario: number, fy: number) => number {
  const { openPeriods, fiscalYears } = application.design;
  if (!openPeriods) return () => 0xfff;
  const scenarios = dimensionOf(application, '#SCENARIO').byLabel;
  const years = dimensionOf(application, '#FY').byLabel;
  const periods = dimensionOf(application, '#PERIOD');
  const masks = new Map<string, number>();
  for (const { scenario, from, months } of openPeriods) {
    const [year = '', period = ''] = from.split('/');
    const start = leavesBelow(periods, periods.byLabel.get(period)!)[0]!.id;
    for (let month = start - 1; month < start - 1 + months; month++) {
      const member = years.get(fiscalYears[fiscalYears.indexOf(year) + Math.floor(month / 12)] ?? '');
      if (!member) continue;
      const key = `${scenarios.get(scenario)!.id}/${member.id}`;
      masks.set(key, (masks.get(key) ?? 0) | (1 << (month % 12)));
    }
  }
  return (scenario, fy) => masks.get(`${scenario}/${fy}`) ?? 0;
}
