/** Rows as a file of the reader's own: made in the browser, sent nowhere. */
import { h } from '../dom.ts';
import { csv } from '../format.ts';
import { t } from '../i18n/index.ts';
import type { Row } from '../model.ts';

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Two buttons: CSV and JSON. */
export function exports(name: string, columns: () => readonly string[], rows: () => readonly Row[]): HTMLElement {
  return h('span', { class: 'seg' },
    h('button', { type: 'button', title: t('export.csv'), on: { click: () => save(`${name}.csv`, 'text/csv', csv(columns(), rows())) } }, 'CSV'),
    h('button', { type: 'button', title: t('export.json'), on: { click: () => save(`${name}.json`, 'application/json', JSON.stringify(rows(), null, 1)) } }, 'JSON'));
}
