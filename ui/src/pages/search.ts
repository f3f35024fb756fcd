/** Words and filters that become SQL, shown and editable; answers as a table and over time. */
import { getTables, runSql, type Column, type SqlAnswer } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import { isNested } from '../parts/cells.ts';
import { chooser, grid } from '../parts/grid.ts';
import { head } from '../parts/head.ts';
import { announce } from '../parts/live.ts';
import { exports } from '../parts/save.ts';
import { empty, loading } from '../parts/states.ts';
import { keep, kept } from '../prefs.ts';
import type { Context, Page } from '../router.ts';
import { build, timeColumn, type Filter } from '../sqltext.ts';
import { inert } from '../text.ts';

interface Saved {
  name: string;
  sql: string;
}

/** Questions to begin with, by the name of their message. */
const EXAMPLES: [string, string][] = [
  ['example.senders', 'SELECT "from", count(*) AS mails, count(DISTINCT mailbox) AS mailboxes, min("date") AS first, max("date") AS last\nFROM messages GROUP BY "from" ORDER BY mails DESC LIMIT 200'],
  ['example.addresses', "SELECT account, source_ip, count(*) AS events, min(\"time\") AS first, max(\"time\") AS last\nFROM events WHERE source_ip <> '' GROUP BY account, source_ip ORDER BY events DESC LIMIT 500"],
  ['example.operations', 'SELECT provider, operation, count(*) AS events FROM events GROUP BY provider, operation ORDER BY events DESC'],
  ['example.clicked', "SELECT e.\"time\", e.recipient, w.subject, e.state, e.wave_id FROM exposures e JOIN waves w ON w.wave_id = e.wave_id\nWHERE e.state IN ('clicked', 'fetched') ORDER BY e.\"time\""],
];

export const page: Page = {
  title: 'page.search',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.search'), t('search.note')), box);
    await loading(box, context.signal, async () => view((await getTables()).tables, context));
  },
};

function view(tables: { name: string; columns: Column[] }[], { params, note, signal }: Context): Child {
  const column = (): Column[] => tables.find((each) => each.name === table.value)?.columns ?? [];
  let filters: Filter[] = [];
  try {
    filters = JSON.parse(params.get('filters') ?? '[]') as Filter[];
  } catch {
    filters = [];
  }
  const table = h('select', { 'aria-label': t('table'), on: { change: () => { filters = []; options(); write(); } } }, tables.map((each) => h('option', { selected: each.name === (params.get('in') ?? 'messages') }, each.name)));
  const words = h('input', { type: 'search', class: 'grow', 'data-search': true, 'aria-label': t('words'), placeholder: t('search.words'), value: params.get('q') ?? '', on: { input: () => write() } });
  const from = h('input', { 'aria-label': t('from'), placeholder: '2021-01-01', size: 12, value: params.get('from') ?? '', on: { input: () => write() } });
  const until = h('input', { 'aria-label': t('until'), placeholder: '2024-12-31', size: 12, value: params.get('to') ?? '', on: { input: () => write() } });
  const which = h('select', { 'aria-label': t('column') });
  const sign = h('select', { 'aria-label': t('comparison') }, (['contains', '=', '<>', '>=', '<='] as const).map((each) => h('option', { value: each }, each === 'contains' ? t('contains') : each)));
  const value = h('input', { 'aria-label': t('value'), placeholder: t('value') });
  const chips = h('span', { class: 'tags' });
  const sql = h('textarea', { class: 'sql', rows: 7, spellcheck: 'false', 'aria-label': 'SQL', on: {
    keydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void run();
      }
    },
  } });
  const limit = h('select', { 'aria-label': t('limit') }, [100, 1000, 10_000].map((n) => h('option', { value: n, selected: n === 1000 }, tn('n.rows', n))));
  const result = h('div');
  const options = (): void => fill(which, column().filter((each) => !isNested(each.type)).map((each) => h('option', null, each.name)));
  const built = (): string => build({ table: table.value, columns: column(), words: words.value, from: from.value.trim(), to: until.value.trim(), filters, limit: Number(limit.value) });
  const write = (): void => {
    fill(chips, filters.map((each, at) => h('button', { type: 'button', title: t('filter.remove'), on: { click: () => { filters.splice(at, 1); write(); } } }, inert(`${each.column} ${each.sign === 'contains' ? t('contains') : each.sign} ${each.value}`, 80), ' \u00d7')));
    sql.value = built();
  };
  const run = async (): Promise<void> => {
    note({ in: table.value, q: words.value, from: from.value, to: until.value, filters: filters.length > 0 ? JSON.stringify(filters) : '', sql: sql.value === built() ? '' : sql.value }, true);
    await loading(result, signal, async () => {
      const answer = await runSql(sql.value, Number(limit.value), signal);
      announce(tn('n.rows', answer.count));
      return shown(answer, signal);
    });
  };
  const saved = h('span');
  const drawSaved = (): void => {
    const all = kept<Saved[]>('queries', []);
    const name = h('input', { 'aria-label': t('search.name'), placeholder: t('search.name') });
    fill(saved, h('details', { class: 'menu-box' }, h('summary', null, t('search.saved', { n: all.length })), h('div', null,
      all.map((each) => h('div', { class: 'toolbar' }, h('button', { type: 'button', class: 'bare', on: { click: () => { sql.value = each.sql; void run(); } } }, inert(each.name, 60)),
        h('button', { type: 'button', class: 'bare end', 'aria-label': `${t('search.forget')}: ${each.name}`, on: { click: () => { keep('queries', all.filter((other) => other !== each)); drawSaved(); } } }, '\u00d7'))),
      h('form', { class: 'toolbar', on: { submit: (event) => { event.preventDefault(); if (name.value.trim() !== '') { keep('queries', [...all.filter((each) => each.name !== name.value.trim()), { name: name.value.trim(), sql: sql.value }]); drawSaved(); } } } }, name, h('button', null, t('search.keep'))),
      h('p', { class: 'quiet small' }, t('search.examples')),
      EXAMPLES.map(([key, text]) => h('button', { type: 'button', class: 'bare', on: { click: () => { sql.value = text; void run(); } } }, t(key as 'example.senders'))))));
  };
  drawSaved();
  options();
  write();
  const asked = params.get('sql');
  if (asked) sql.value = asked;
  if (asked || params.get('q') || filters.length > 0) void run();
  return [
    h('form', { role: 'search', on: { submit: (event) => { event.preventDefault(); write(); void run(); } } },
      h('div', { class: 'toolbar' }, table, words, h('label', { class: 'check' }, t('from'), from), h('label', { class: 'check' }, t('until'), until), h('button', { class: 'primary' }, t('search.run'))),
      h('div', { class: 'toolbar' }, which, sign, value, h('button', { type: 'button', on: { click: () => { if (value.value !== '') { filters.push({ column: which.value, sign: sign.value as Filter['sign'], value: value.value }); value.value = ''; write(); } } } }, t('filter.add')), chips)),
    h('label', { class: 'small quiet', css: { display: 'block' } }, t('search.sql'), sql),
    h('div', { class: 'toolbar' }, h('button', { type: 'button', on: { click: () => void run() } }, t('search.run_sql')), h('kbd', null, 'Ctrl \u21b5'), limit, h('span', { class: 'quiet small' }, t('search.logged')), h('span', { class: 'end' }, saved)),
    result,
  ];
}

function shown(answer: SqlAnswer, signal: AbortSignal): Child {
  if (answer.rows.length === 0) return empty(t('rows.none'), t('search.none'));
  const body = h('div');
  let columns = answer.columns.map((each) => each.name).slice(0, 14);
  let sort: { column: string; desc: boolean } | null = null;
  let rows = answer.rows;
  const draw = (): void => fill(body, grid({
    columns: answer.columns, shown: columns, rows: rows.slice(0, 1000), caption: t('search.answer'), sort,
    href: (row) => (typeof row['message_uid'] === 'string' && row['message_uid'].startsWith('m1:') ? `/messages/${row['message_uid']}` : null),
    onSort: (column) => {
      sort = { column, desc: sort?.column === column && !sort.desc };
      const turn = sort.desc ? -1 : 1;
      const key = (value: unknown): string | number => (typeof value === 'number' ? value : String(value ?? ''));
      rows = [...answer.rows].sort((a, b) => {
        const [x, y] = [key(a[column]), key(b[column])];
        return x < y ? -turn : x > y ? turn : 0;
      });
      draw();
    },
  }));
  draw();
  const chart = h('div');
  if (timeColumn(answer.columns)) void import('../parts/histogram.ts').then(({ histogram }) => { if (!signal.aborted) histogram(chart, answer, signal); });
  return [
    h('div', { class: 'toolbar' }, h('b', null, tn('n.rows', answer.count)), answer.truncated ? h('span', { class: 'tag' }, t('search.truncated')) : null, h('span', { class: 'quiet small' }, t('seconds', { n: answer.seconds.toFixed(2) })),
      h('span', { class: 'end toolbar' }, chooser(answer.columns, columns, (next) => { columns = next; draw(); }), exports('answer', () => columns, () => rows))),
    chart, body,
    rows.length > 1000 ? h('p', { class: 'quiet small' }, t('n_of', { n: count(1000), all: count(rows.length) })) : null,
  ];
}
