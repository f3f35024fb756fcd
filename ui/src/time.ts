/** Time as the pages handle it: milliseconds in UTC; texts are RFC 3339. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365.25 * DAY;

export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month';

/** Milliseconds of an RFC 3339 text; `NaN` when it is none. */
export function ms(text: string | null | undefined): number {
  return text ? Date.parse(text) : Number.NaN;
}

/** `2024-03-26T10:11:00Z`. */
export function rfc(at: number): string {
  return new Date(Math.round(at)).toISOString().replace('.000Z', 'Z');
}

/** The finest unit that gives at most about 1,500 bins: what a screen can show. */
export function unitFor(span: number): Unit {
  if (span <= 1.05 * DAY) return 'minute';
  if (span <= 62 * DAY) return 'hour';
  if (span <= 4 * YEAR) return 'day';
  if (span <= 25 * YEAR) return 'week';
  return 'month';
}

/** Where the bin that begins at `at` ends. */
export function binEnd(at: number, unit: Unit): number {
  switch (unit) {
    case 'minute': return at + MINUTE;
    case 'hour': return at + HOUR;
    case 'day': return at + DAY;
    case 'week': return at + 7 * DAY;
    case 'month': {
      const date = new Date(at);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
  }
}

/** Day of a time, or a dash. */
export function day(text: string | null | undefined): string {
  return text ? text.slice(0, 10) : '\u2013';
}

/** `2024-03-26 10:11`. */
export function minute(text: string | null | undefined): string {
  return text ? text.slice(0, 16).replace('T', ' ') : '\u2013';
}

/** `2024-03-26 10:11:05`. */
export function second(text: string | null | undefined): string {
  return text ? text.slice(0, 19).replace('T', ' ') : '\u2013';
}

/** `2024-03-26`, or `2024-03-26 – 2024-04-02`. */
export function span(from: string | null | undefined, to: string | null | undefined): string {
  const [a, b] = [day(from), day(to)];
  return a === b ? a : `${a} \u2013 ${b}`;
}

/** A window held inside `[low, high]`, no narrower than a minute. */
export function hold(from: number, to: number, low: number, high: number): [number, number] {
  const width = Math.min(Math.max(to - from, MINUTE), high - low);
  const start = Math.min(Math.max(from, low), high - width);
  return [start, start + width];
}

/** The window `factor` times as wide, the point `at` staying where it is. */
export function zoom(from: number, to: number, at: number, factor: number): [number, number] {
  const share = (at - from) / (to - from);
  const width = (to - from) * factor;
  return [at - share * width, at + (1 - share) * width];
}

/** Stretches of `[from, to]` that none of `spans` covers. */
export function uncovered(spans: readonly (readonly [number, number])[], from: number, to: number): [number, number][] {
  const open: [number, number][] = [];
  let at = from;
  for (const [a, b] of [...spans].sort((x, y) => x[0] - y[0])) {
    if (a > at) open.push([at, Math.min(a, to)]);
    at = Math.max(at, b);
    if (at >= to) break;
  }
  if (at < to) open.push([at, to]);
  return open.filter(([a, b]) => b > a);
}

/** Overlapping spans as few disjoint ones. */
export function merged(spans: readonly (readonly [number, number])[]): [number, number][] {
  const all: [number, number][] = [];
  for (const [a, b] of [...spans].sort((x, y) => x[0] - y[0])) {
    const last = all.at(-1);
    if (last && a <= last[1]) last[1] = Math.max(last[1], b);
    else all.push([a, b]);
  }
  return all;
}
