/** Words and filters as SQL: what is asked is always shown, and can be changed. */
import { isNested, isTime } from './parts/cells.ts';
import { FIRST } from './parts/first.ts';

export interface Filter {
  column: string;
  sign: '=' | '<>' | '>=' | '<=' | 'contains';
  value: string;
}

export interface Question {
  table: string;
  columns: readonly { name: string; type: string }[];
  /** Each word must stand in some column with text. */
  words: string;
  from: string;
  to: string;
  filters: readonly Filter[];
  limit: number;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const RESERVED = new Set(['from', 'to', 'where', 'order', 'group', 'select', 'references', 'start', 'end', 'time', 'date', 'rows', 'count', 'type', 'value']);

/** Tables whose words the text index finds. */
function indexed(table: string): boolean {
  return table === 'messages' || table === 'occurrences';
}

/** Words of a search: `"two words"` stay together. */
export function words(text: string): string[] {
  return [...text.matchAll(/"([^"]+)"|(\S+)/g)].map((match) => (match[1] ?? match[2] ?? '').toLowerCase()).filter((word) => word !== '');
}

/** The column that says when. */
export function timeColumn(columns: readonly { name: string; type: string }[]): string | null {
  const times = columns.filter((column) => isTime(column.type)).map((column) => column.name);
  return ['time', 'date', 'first_seen', 'first_access', 'from'].find((name) => times.includes(name)) ?? times[0] ?? null;
}

export function build(of: Question): string {
  const inWords = (name: string): boolean => !/(^|_)(uid|id|sha256)$/.test(name);
  const texts = of.columns.filter((column) => /^(Large)?Utf8(View)?$/.test(column.type) && inWords(column.name));
  const lists = of.columns.filter((column) => column.type.startsWith('List(') && column.type.includes('Utf8') && !column.type.includes('Struct') && inWords(column.name));
  const tests: string[] = [];
  // The text index knows mail's words and bodies; other tables are small enough to look through.
  if (indexed(of.table) && of.words.trim() !== '') tests.push(`message_uid IN (SELECT message_uid FROM text_search(${literal(of.words.trim())}))`);
  for (const word of indexed(of.table) ? [] : words(of.words)) {
    const any = [
      ...texts.map((column) => `strpos(lower(${quoted(column.name)}), ${literal(word)}) > 0`),
      ...lists.map((column) => `strpos(lower(array_to_string(${quoted(column.name)}, ' ')), ${literal(word)}) > 0`),
    ];
    tests.push(any.length > 0 ? `(${any.join('\n    OR ')})` : 'false');
  }
  const time = timeColumn(of.columns);
  if (time && of.from !== '') tests.push(`${quoted(time)} >= ${literal(of.from)}`);
  if (time && of.to !== '') tests.push(`${quoted(time)} < ${literal(of.to)}`);
  for (const filter of of.filters) {
    const name = quoted(filter.column);
    tests.push(filter.sign === 'contains' ? `strpos(lower(${name}), ${literal(filter.value.toLowerCase())}) > 0` : `${name} ${filter.sign} ${literal(filter.value)}`);
  }
  const first = FIRST[of.table]?.filter((name) => of.columns.some((column) => column.name === name));
  if (first && of.table === 'messages') first.push('message_uid');
  const shown = first?.map(quoted) ?? of.columns.filter((column) => !isNested(column.type) || column.name === 'evidence' || column.name === 'to').map((column) => quoted(column.name));
  return [
    `SELECT ${shown.length > 0 ? shown.join(', ') : '*'}`, `FROM ${quoted(of.table)}`,
    ...(tests.length > 0 ? [`WHERE ${tests.join('\n  AND ')}`] : []),
    ...(time ? [`ORDER BY ${quoted(time)}`] : []), `LIMIT ${of.limit}`,
  ].join('\n');
}
