import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../../platform/errors.ts';
import type { Definition, Parameter, Texts } from './model.ts';

/** What uses a technical service that is imported again (oscm §2.5). */
export type Usage = {
  openSessions: number;
  /** Ids of its marketable services that are not deleted. */
  services: readonly string[];
  /** Ids of its subscriptions that are neither DEACTIVATED nor INVALID. */
  subscriptions: readonly string[];
  /** The most such subscriptions that one organization holds. */
  mostPerOrganization: number;
};

/**
 * The definition as it stands after a file is imported over it: everything is replaced, but texts of the service and
 * of its parameters are overwritten per locale only (oscm §2.5).
 */
export function mergeDefinition(stored: Definition | undefined, file: Definition): Definition {
  if (stored === undefined) return file;
  const parameters = new Map(stored.parameters.map((parameter) => [parameter.id, parameter]));
  return {
    ...file,
    accessInfo: { ...stored.accessInfo, ...file.accessInfo },
    descriptions: { ...stored.descriptions, ...file.descriptions },
    licenses: { ...stored.licenses, ...file.licenses },
    parameters: file.parameters.map((parameter) => ({
      ...parameter,
      descriptions: { ...parameters.get(parameter.id)?.descriptions, ...parameter.descriptions },
    })),
  };
}

/** Every change between two states of a definition that its use forbids (the table of oscm §2.5). */
export function updateConflicts(stored: Definition, next: Definition, usage: Usage): AppError[] {
  const conflicts: AppError[] = [];
  const inUse = usage.services.length > 0;
  const conflict = (code: string, ja: string, en: string) => {
    const name = next.version === '' ? next.id : `${next.id} ${next.version}`;
    const messages = { ja: `${name}: ${ja}`, en: `${name}: ${en}` };
    conflicts.push(new AppError(`catalog.update.${code}`, 'conflict', messages));
  };
  const users = usage.services.join(', ');
  const constraint = (what: string) =>
    conflict(
      'inUse',
      `${what} は変更できません。サービス ${users} が使用しています`,
      `${what} cannot be changed: it is used by ${users}`,
    );

  if (usage.openSessions > 0) {
    conflict(
      'active',
      `利用中のセッションが${usage.openSessions}件あります`,
      `${usage.openSessions} sessions are open`,
    );
  }
  if (
    next.onlyOneSubscriptionPerUser &&
    !stored.onlyOneSubscriptionPerUser &&
    usage.mostPerOrganization > 1
  ) {
    conflict(
      'multipleSubscriptions',
      '複数の利用申請を持つ組織があるため、onlyOneSubscriptionPerUser は true にできません',
      'onlyOneSubscriptionPerUser cannot become true: some organization has more than one subscription',
    );
  }
  if (next.allowingOnBehalfActing !== stored.allowingOnBehalfActing && usage.subscriptions.length > 0) {
    conflict(
      'onBehalfActing',
      '利用申請があるため、allowingOnBehalfActing は変更できません',
      'allowingOnBehalfActing cannot be changed while there are subscriptions',
    );
  }

  const after = new Map(next.parameters.map((parameter) => [parameter.id, parameter]));
  for (const before of stored.parameters) {
    const parameter = after.get(before.id);
    if (parameter === undefined || !inUse) continue;
    for (const what of parameterChanges(before, parameter)) constraint(what);
  }
  for (const [kind, list] of [
    ['ParameterDefinition', 'parameters'],
    ['Event', 'events'],
    ['Role', 'roles'],
  ] as const) {
    const kept = new Set(next[list].map(({ id }) => id));
    for (const { id } of stored[list]) {
      if (kept.has(id)) continue;
      const blockers = inUse ? usage.services : usage.subscriptions;
      if (blockers.length === 0) continue;
      const names = blockers.join(', ');
      conflict(
        'inUse',
        `${kind} ${id} は削除できません。${names} が使用しています`,
        `${kind} ${id} cannot be removed: it is used by ${names}`,
      );
    }
  }
  return conflicts;
}

/**
 * What differs in a parameter that a marketable service freezes. A service uses the definitions its supplier may set,
 * so those that are not configurable stay free, all but their `modificationType`.
 */
function parameterChanges(before: Parameter, after: Parameter): string[] {
  const names = ['valueType', 'mandatory', 'configurable', 'default', 'minValue', 'maxValue'] as const;
  const frozen = before.configurable ? names : [];
  const changed = [...frozen, 'modificationType' as const]
    .filter((name) => before[name] !== after[name])
    .map((name) => `ParameterDefinition ${before.id}/@${name}`);
  if (!before.configurable) return changed;
  const options = new Map(after.options.map(({ id, names: texts }) => [id, texts]));
  for (const option of before.options) {
    const texts = options.get(option.id);
    if (texts === undefined) changed.push(`Option ${option.id} (${before.id})`);
    else
      changed.push(
        ...lostLocales(option.names, texts).map((l) => `Option ${option.id} (${before.id}, ${l})`),
      );
  }
  return changed;
}

function lostLocales(before: Texts, after: Texts): string[] {
  return Object.keys(before).filter((locale) => after[locale] === undefined);
}

export function sameDefinition(a: Definition, b: Definition): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}

/** Whether an import drops something that deleted services and ended subscriptions may still refer to. */
export function removesChildren(stored: Definition, next: Definition): boolean {
  return (['parameters', 'events', 'roles'] as const).some((list) => {
    const kept = new Set(next[list].map(({ id }) => id));
    return stored[list].some(({ id }) => !kept.has(id));
  });
}
