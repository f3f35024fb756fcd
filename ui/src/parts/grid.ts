/** Rows as a table: sortable heads, arrow keys, a row that opens to all it holds. */
import type { Column } from '../api.ts';
import { h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { go } from '../router.ts';
import { cell, details, isNested, isNumber } from './cells.ts';
import { rove } from './keys.ts';

export interface Sort {
  column: string;
  desc: boolean;
}

export interface Grid {
  columns: readonly Column[];
  /** Columns that are shown, in order. */
  shown: readonly string[];
  rows: readonly Row[];
  caption: string;
  sort?: Sort | null;
  onSort?: (column: string) => void;
  /** Where a row leads; without it a row opens in place. */
  href?: (row: Row) => string | null;
}

export function grid(of: Grid): HTMLElement {
  const columns = of.shown.map((name) => of.columns.find((column) => column.name === name)).filter((column) => column !== undefined);
  const heads = columns.map((column) => {
    const sorted = of.sort?.column === column.name ? (of.sort.desc ? 'descending' : 'ascending') : null;
    const mark = sorted ? (of.sort?.desc ? ' \u2193' : ' \u2191') : '';
    return h('th', { scope: 'col', 'aria-sort': sorted, class: isNumber(column.type) ? 'r' : '' },
      of.onSort && !isNested(column.type)
        ? h('button', { type: 'button', title: t('sort_by', { column: column.name }), on: { click: () => of.onSort?.(column.name) } }, column.name, mark)
        : column.name);
  });
  const body = h('tbody', null, of.rows.map((row) => {
    const line = h('tr', { tabindex: 0 }, columns.map((column, at) => {
      const shown: Child = cell(column.name, column.type, row[column.name]);
      const kind = column.type.startsWith('Timestamp') ? 'cell-date' : isNumber(column.type) ? 'r' : 'cell-text';
      return at === 0 ? h('th', { scope: 'row', class: kind }, shown) : h('td', { class: kind }, shown);
    }));
    const open = (): void => {
      const href = of.href?.(row);
      if (href) go(href);
      else unfold(line, columns.length, of.columns, row);
    };
    line.addEventListener('click', (event) => {
      if ((event.target as Element).closest('a, summary, details') === null && window.getSelection()?.toString() === '') open();
    });
    line.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === line) {
        event.preventDefault();
        open();
      }
    });
    return line;
  }));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': of.caption },
    rove(h('table', null, h('caption', { class: 'hide' }, of.caption), h('thead', null, h('tr', null, heads)), body), 'tbody tr[tabindex]'));
}

/** Opens a row in place, or closes it. */
function unfold(line: HTMLTableRowElement, span: number, columns: readonly Column[], row: Row): void {
  const next = line.nextElementSibling;
  if (next?.classList.contains('unfolded')) {
    next.remove();
    line.removeAttribute('aria-expanded');
    return;
  }
  line.setAttribute('aria-expanded', 'true');
  line.after(h('tr', { class: 'unfolded' }, h('td', { colspan: span }, details(columns, row))));
}

/** A list of boxes that says which columns are shown. */
export function chooser(columns: readonly Column[], shown: readonly string[], onChange: (shown: string[]) => void): HTMLElement {
  const chosen = new Set(shown);
  return h('details', { class: 'menu-box' }, h('summary', null, t('columns', { n: shown.length, all: columns.length })),
    h('div', null, columns.map((column) => h('label', { class: 'check' },
      h('input', { type: 'checkbox', checked: chosen.has(column.name), on: { change: (event) => {
        if ((event.target as HTMLInputElement).checked) chosen.add(column.name);
        else chosen.delete(column.name);
        onChange(columns.map((each) => each.name).filter((name) => chosen.has(name)));
      } } }), column.name))));
}
