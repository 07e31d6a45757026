/** Reserved members of #CHANGE (fusion_place §4.5.6); details of movement have ids from `firstDetail` on. */
export const changeIds = {
  '#NONE': 0,
  '#PREV': 1,
  '#BDIFF': 2,
  '#BEG': 3,
  '#CHG': 4,
  '#CBAL': 5,
  '#EDIFF': 6,
  '#END': 7,
  '#NET': 8,
} as const;

export type ReservedChange = keyof typeof changeIds;

export const firstDetail = 100;

/** Under which id a value entered at a change member of a balance account is kept: an ending balance under #NONE. */
export function storedChange(id: number, balance: boolean): number | undefined {
  if (id === changeIds['#NONE']) return id;
  if (!balance) return undefined;
  if (id === changeIds['#END']) return changeIds['#NONE'];
  return id === changeIds['#BEG'] || id >= firstDetail ? id : undefined;
}
