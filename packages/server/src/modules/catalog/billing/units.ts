import Fraction from 'fraction.js';
import { offsetAt } from '../../../platform/time-zone.ts';
import type { Period } from '../services/schema.ts';

/** Time in milliseconds since 1970; half-open. */
export type Span = { from: number; to: number };

/** Calendar units: months, weeks from Monday, days, hours (oscm §4.6). */
export type Calendar = {
  start(period: Period, at: number): number;
  next(period: Period, start: number): number;
};

const hour = 3_600_000;
const day = 24 * hour;
/** 1970-01-01 was a Thursday: this many milliseconds after a Monday. */
const afterMonday = 3 * day;

const floor = (value: number, unit: number) => Math.floor(value / unit) * unit;

/** The calendar of places this many minutes ahead of UTC. */
export function createCalendar(offsetMinutes: number): Calendar {
  return calendarOf(() => offsetMinutes * 60_000);
}

/** The calendar of a named time zone: its days may have 23 or 25 hours. */
export function createZoneCalendar(timeZone: string): Calendar {
  return calendarOf((at) => offsetAt(timeZone, at));
}

function calendarOf(offset: (at: number) => number): Calendar {
  const toUtc = (local: number) => local - offset(local - offset(local));
  const monthOf = (at: number, later: number) => {
    const date = new Date(at + offset(at));
    return toUtc(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1));
  };
  return {
    start(period, at) {
      const local = at + offset(at);
      if (period === 'month') return monthOf(at, 0);
      if (period === 'week') return toUtc(floor(local + afterMonday, 7 * day) - afterMonday);
      return period === 'day' ? toUtc(floor(local, day)) : floor(local, hour) - offset(at);
    },
    next(period, start) {
      if (period === 'month') return monthOf(start, 1);
      if (period === 'hour') return start + hour;
      return toUtc(start + offset(start) + (period === 'week' ? 7 : 1) * day);
    },
  };
}

/** Spans in order, those that touch or overlap made one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}

export function clip({ from, to }: Span, within: Span): Span {
  return { from: Math.max(from, within.from), to: Math.min(to, within.to) };
}

/**
 * How many units of a period some use counts for (oscm §4.6). PRO_RATA: each piece between unit limits counts as its
 * part of that very unit. PER_UNIT: every unit that was begun counts fully, once.
 */
export function periodFactor(
  type: 'PRO_RATA' | 'PER_UNIT',
  spans: readonly Span[],
  period: Period,
  calendar: Calendar,
): Fraction {
  // summed as whole milliseconds per length of unit: exact, and one fraction a length instead of one a unit
  const used = new Map<number, number>();
  let begun = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { from, to } of mergeSpans(spans)) {
    let start = calendar.start(period, from);
    while (start < to) {
      const end = calendar.next(period, start);
      if (start > last) begun += 1;
      last = start;
      const length = end - start;
      used.set(length, (used.get(length) ?? 0) + Math.min(end, to) - Math.max(start, from));
      start = end;
    }
  }
  if (type === 'PER_UNIT') return new Fraction(begun);
  return [...used].reduce((sum, [length, ms]) => sum.add(fractionOf(ms, length)), new Fraction(0));
}

/** Times are milliseconds, of which a database may know thousandths. */
function fractionOf(ms: number, length: number): Fraction {
  return new Fraction(BigInt(Math.round(ms * 1000)), BigInt(length) * 1000n);
}
