import { type Fault, faults, type Place } from './faults.ts';
import type { Texts } from './model.ts';
import type { DefinitionElement } from './structure.ts';

export type Report = (fault: Fault) => void;

export function placeOf({ line, name }: DefinitionElement, attribute?: string): Place {
  return attribute === undefined ? { line, element: name } : { line, element: name, attribute };
}

export function childrenOf(element: DefinitionElement, name: string): DefinitionElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The locale of a text; missing and blank mean English (oscm §2.3). */
export function localeOf({ attributes }: DefinitionElement): string {
  return attributes.locale?.trim() || 'en';
}

/** Texts by locale; the last of several for one locale holds. */
export function textsOf(element: DefinitionElement, name: string): Texts {
  return Object.fromEntries(childrenOf(element, name).map((child) => [localeOf(child), child.text]));
}

/** Descriptions by locale; blank ones count as not written (oscm §2.4 rule 12). */
export function descriptionsOf(element: DefinitionElement): Texts {
  const written = childrenOf(element, 'LocalizedDescription').filter(({ text }) => text !== '');
  return Object.fromEntries(written.map((child) => [localeOf(child), child.text]));
}

/** Ids are unique among the children of one name (oscm §2.4 rule 9). */
export function checkDistinct(element: DefinitionElement, names: readonly string[], report: Report): void {
  const seen = new Set<string>();
  for (const child of element.children) {
    const { id } = child.attributes;
    if (id === undefined || !names.includes(child.name)) continue;
    const key = `${child.name} ${id}`;
    if (seen.has(key)) report(faults.duplicate(placeOf(child, 'id'), id, element.name));
    seen.add(key);
  }
}
