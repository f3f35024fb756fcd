/** Words and figures: probabilities, weights, counts, sizes. */
import { lang, t, type Key } from './i18n/index.ts';

/** `87 %`; never 0 or 100, which nothing here is. */
export function percent(p: number): string {
  const value = p * 100;
  if (value < 1) return t('percent.under', { n: 1 });
  if (value > 99) return t('percent.over', { n: 99 });
  return `${value.toFixed(0)}\u00a0%`;
}

/** Key of the ICD 203 word; the boundary belongs to the word nearer to even chance. */
export function term(p: number): Key {
  if (p < 0.05) return 'term.almost_no_chance';
  if (p < 0.2) return 'term.very_unlikely';
  if (p < 0.45) return 'term.unlikely';
  if (p <= 0.55) return 'term.even';
  if (p <= 0.8) return 'term.likely';
  if (p <= 0.95) return 'term.very_likely';
  return 'term.almost_certain';
}

/** Above this a row is told as "likely". */
export const LIKELY = 0.55;

/** `×25` for what makes a row 25 times as likely, `÷4` for the contrary. */
export function factor(nats: number): string {
  const times = Math.exp(Math.min(Math.abs(nats), 30));
  const digits = times < 10 ? times.toFixed(1) : count(Math.round(times > 1e4 ? Number(times.toPrecision(1)) : times));
  return `${nats < 0 ? '\u00f7' : '\u00d7'}${digits.replace(/\.0$/, '')}`;
}

/** `1,234,567` in the reader's language. */
export function count(n: number): string {
  return new Intl.NumberFormat(lang()).format(n);
}

/** Bytes with a binary unit. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let value = n;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 ? value : value.toFixed(1)}\u00a0${units[at] ?? ''}`;
}

/** A CSV document (RFC 4180). A cell that a spreadsheet would run is kept from it. */
export function csv(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const cell = (value: unknown): string => {
    let text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}
