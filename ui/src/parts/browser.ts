/** Any table of the case, page by page: words, filters, order, columns, all in the URL. */
import { getRows, getTables, type Column } from '../api.ts';
import { debounce, fill, h } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { keep, kept } from '../prefs.ts';
import type { Context } from '../router.ts';
import { inert } from '../text.ts';
import { isNested } from './cells.ts';
import { FIRST } from './first.ts';
import { chooser, grid } from './grid.ts';
import { announce } from './live.ts';
import { exports } from './save.ts';
import { empty, loading } from './states.ts';

const SIZE = 100;
/** Parameters of this page; every other one is a filter of the server's. */
const OWN = new Set(['q', 'sort', 'desc', 'offset', 'cols']);

export interface Browsed {
  table: string;
  caption: string;
  href?: (row: Row) => string | null;
}

export async function browse(root: HTMLElement, context: Context, of: Browsed): Promise<void> {
  const box = h('div');
  root.append(box);
  await loading(box, context.signal, async () => {
    const columns = (await getTables()).tables.find((table) => table.name === of.table)?.columns ?? [];
    return frame(columns, context, of);
  });
}

function frame(columns: Column[], context: Context, of: Browsed): HTMLElement[] {
  const { params, note, signal } = context;
  const standard = FIRST[of.table]?.filter((name) => columns.some((column) => column.name === name)) ?? columns.slice(0, 8).map((column) => column.name);
  let shown = params.get('cols')?.split(',') ?? kept<string[]>(`cols.${of.table}`, standard);
  let rows: Row[] = [];
  const body = h('div');
  const chips = h('span', { class: 'tags' });
  const pager = h('nav', { class: 'pager', 'aria-label': t('pages') });

  const ask = async (): Promise<void> => {
    const asked = new URLSearchParams({ limit: String(SIZE), offset: params.get('offset') ?? '0' });
    if (params.get('q')) asked.set('search', params.get('q') ?? '');
    if (params.get('sort')) asked.set('sort', params.get('sort') ?? '');
    if (params.get('desc')) asked.set('desc', params.get('desc') ?? '');
    for (const [name, value] of params) if (!OWN.has(name)) asked.append(name, value);
    filters();
    await loading(body, signal, async () => {
      const page = await getRows(of.table, asked, signal);
      rows = page.rows;
      pages(page.offset, page.rows.length, page.total);
      announce(tn('n.rows', page.total));
      if (page.total === 0) return empty(t('rows.none'), [...params.keys()].some((name) => name !== 'cols') ? t('rows.none.filtered') : t('rows.none.hint'));
      return draw();
    });
  };
  const draw = (): HTMLElement => {
    const column = params.get('sort');
    return grid({
      columns, shown, rows, caption: of.caption,
      sort: column ? { column, desc: params.get('desc') === 'true' } : null,
      onSort: (name) => {
        const again = params.get('sort') === name;
        note({ sort: name, desc: again && params.get('desc') !== 'true' ? 'true' : '', offset: '' });
        void ask();
      },
      ...(of.href ? { href: of.href } : {}),
    });
  };
  const pages = (offset: number, n: number, total: number): void => {
    const turn = (to: number) => () => {
      note({ offset: to > 0 ? to : '' }, true);
      void ask();
    };
    fill(pager,
      h('button', { type: 'button', disabled: offset === 0, on: { click: turn(Math.max(0, offset - SIZE)) } }, t('previous')),
      h('span', null, n === 0 ? count(0) : t('range_of', { from: count(offset + 1), to: count(offset + n), all: count(total) })),
      h('button', { type: 'button', disabled: offset + n >= total, on: { click: turn(offset + SIZE) } }, t('next')));
  };
  const filters = (): void => {
    fill(chips, [...params].filter(([name]) => !OWN.has(name)).map(([name, value]) => {
      const [bound, column] = name.startsWith('min.') ? [' \u2265 ', name.slice(4)] : name.startsWith('max.') ? [' \u2264 ', name.slice(4)] : [' = ', name];
      return h('button', { type: 'button', title: t('filter.remove'), on: { click: () => {
        note({ [name]: '', offset: '' });
        void ask();
      } } }, inert(column + bound + value, 90), ' \u00d7');
    }));
  };

  const words = h('input', { type: 'search', class: 'grow', 'data-search': true, 'aria-label': t('words'), placeholder: t('words.any'), value: params.get('q') ?? '', on: {
    input: debounce(() => {
      note({ q: words.value.trim(), offset: '' });
      void ask();
    }, 250),
  } });
  const pick = h('div', null);
  const columnMenu = (): void => fill(pick, chooser(columns, shown, (next) => {
    shown = next;
    keep(`cols.${of.table}`, next);
    if (rows.length > 0) fill(body, draw());
  }));
  columnMenu();
  void ask();
  return [
    h('div', { class: 'toolbar', role: 'search' }, words, adder(columns, (name, value) => { note({ [name]: value, offset: '' }); void ask(); }), pick,
      exports(of.table, () => shown, () => rows)),
    chips, body, pager,
  ];
}

/** A form for one more filter: column, comparison, value. */
function adder(columns: readonly Column[], add: (name: string, value: string) => void): HTMLElement {
  const column = h('select', { 'aria-label': t('column') }, columns.filter((each) => !isNested(each.type)).map((each) => h('option', null, each.name)));
  const sign = h('select', { 'aria-label': t('comparison') }, h('option', { value: '' }, '='), h('option', { value: 'min.' }, '\u2265'), h('option', { value: 'max.' }, '\u2264'));
  const value = h('input', { 'aria-label': t('value'), placeholder: t('value') });
  return h('details', { class: 'menu-box' }, h('summary', null, t('filter')),
    h('div', null, h('form', { class: 'toolbar', on: { submit: (event) => {
      event.preventDefault();
      if (value.value !== '') add(sign.value + column.value, value.value);
    } } }, column, sign, value, h('button', { class: 'primary' }, t('filter.add')))));
}
