/** How a value of a table is shown, by the name and type of its column. */
import { h, type Child } from '../dom.ts';
import { percent } from '../format.ts';
import { t } from '../i18n/index.ts';
import type { EvidenceRef, Row } from '../model.ts';
import { inert } from '../text.ts';
import { second } from '../time.ts';
import { evidence, evidenceHref } from './marks.ts';

/** Columns that name or reach a person: blurred until asked for. */
const PEOPLE = new Set([
  'mailbox', 'recipient', 'recipients', 'account', 'actor', 'from', 'from_name', 'sender', 'to', 'cc', 'reply_to', 'delivered_to', 'return_path',
  'client', 'caller', 'callee', 'operator', 'subject_number', 'name', 'addresses', 'phones', 'person_id', 'speaker',
]);

export function isTime(type: string): boolean {
  return type.startsWith('Timestamp');
}

export function isNumber(type: string): boolean {
  return /^(U?Int|Float)/.test(type);
}

export function isNested(type: string): boolean {
  return type.startsWith('List(') || type.startsWith('Struct(');
}

export function isEvidence(value: unknown): value is EvidenceRef {
  return typeof value === 'object' && value !== null && 'sha256' in value && 'offset' in value && 'source' in value;
}

/** A value as a cell; `most` characters of it. */
export function cell(column: string, type: string, value: unknown, most = 160): Child {
  if (value === null || value === undefined || value === '') return null;
  if (isEvidence(value)) return evidence([value]);
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    if (value.every(isEvidence)) return evidence(value);
    if (value.every((item) => typeof item === 'string')) return text(column, value.slice(0, 8).join(', ') + (value.length > 8 ? ` +${value.length - 8}` : ''), most);
    return h('span', { class: 'quiet' }, t('items', { n: value.length }));
  }
  if (typeof value === 'object') return h('code', null, inert(JSON.stringify(value), most));
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (isTime(type) || (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value))) return h('time', { datetime: String(value) }, second(String(value)));
  if (column === 'probability' || column === 'prior') return percent(Number(value));
  if (typeof value === 'number') return isNumber(type) || type === '' ? String(value) : inert(String(value));
  return text(column, String(value), most);
}

function text(column: string, value: string, most: number): Child {
  const shown = inert(value, most);
  if (column === 'message_uid' || (column === 'record_uid' || column === 'uid') && value.startsWith('m1:')) {
    return h('a', { href: `/messages/${value}`, class: 'mono', title: value }, `${value.slice(0, 15)}\u2026`);
  }
  if (/_(uid|id)$/.test(column) || column === 'sha256') return h('span', { class: 'mono', title: inert(value, 200) }, inert(value, 18));
  return h('span', { class: `clip${value.length > 36 ? ' long' : ''}${PEOPLE.has(column) || (column === 'target' && value.includes('@')) ? ' p' : ''}` }, shown);
}

/** Everything a row holds, one line a column. */
export function details(columns: readonly { name: string; type: string }[], row: Row): HTMLElement {
  return h('dl', { class: 'facts' }, columns.map((column) => {
    const value = row[column.name];
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return null;
    const nested = Array.isArray(value) && value.some((item) => typeof item === 'object' && !isEvidence(item));
    return [h('dt', null, column.name), h('dd', null,
      nested ? h('pre', { class: 'p' }, inert(JSON.stringify(value, null, 1), 6000)) : cell(column.name, column.type, value, 4000),
      isEvidence(value) ? h('div', { class: 'mono small' }, h('a', { href: evidenceHref(value) }, inert(value.path, 200)), ` @ ${value.offset} + ${value.length}`) : null)];
  }));
}

/** The record's own evidence, if it cites one. */
export function evidenceOf(row: Row): EvidenceRef | null {
  const value = row['evidence'];
  return isEvidence(value) ? value : null;
}
