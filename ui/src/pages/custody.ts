/** Who did what to the case, each entry hashed with the one before. */
import { getCustody, type Custody } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import { head } from '../parts/head.ts';
import { rove } from '../parts/keys.ts';
import { exports } from '../parts/save.ts';
import { empty, loading } from '../parts/states.ts';
import type { Context, Page } from '../router.ts';
import { inert } from '../text.ts';
import { second } from '../time.ts';

const SHOWN = 300;

export const page: Page = {
  title: 'page.custody',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.custody'), t('custody.note')), box);
    await loading(box, context.signal, async () => view(await getCustody(context.signal), context));
  },
};

function view(log: Custody, { params, note }: Context): Child {
  const state = log.broken === null
    ? h('p', null, h('span', { class: 'chain' }, t('custody.holds', { n: count(log.total) })))
    : h('div', null, h('p', null, h('span', { class: 'chain broken' }, t('custody.broken'))), h('pre', null, inert(log.broken, 1000)), h('p', { class: 'quiet' }, t('custody.broken.hint')));
  if (log.entries.length === 0) return [state, empty(t('custody.none'))];
  const newest = [...log.entries].reverse();
  const actions = [...new Set(newest.map((entry) => entry.action))].sort();
  const body = h('div');
  const choice = h('select', { 'aria-label': t('action'), on: { change: () => draw() } },
    h('option', { value: '' }, t('custody.every')), actions.map((action) => h('option', { selected: params.get('action') === action }, action)));
  const draw = (): void => {
    note({ action: choice.value });
    const rows = newest.filter((entry) => choice.value === '' || entry.action === choice.value);
    fill(body, h('p', { class: 'quiet small' }, tn('n.entries', rows.length), rows.length > SHOWN ? ` \u00b7 ${t('n_of', { n: SHOWN, all: rows.length })}` : ''),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page.custody') }, rove(h('table', null,
        h('thead', null, h('tr', null, ['#', t('when'), t('who'), t('action'), t('detail'), t('hash')].map((text) => h('th', { scope: 'col' }, text)))),
        h('tbody', null, rows.slice(0, SHOWN).map((entry) => h('tr', { tabindex: 0 },
          h('th', { scope: 'row' }, entry.seq), h('td', { class: 'cell-date' }, second(entry.time)), h('td', null, inert(entry.who, 40)),
          h('td', { class: 'nowrap' }, inert(entry.action, 40)),
          h('td', null, h('details', null, h('summary', { class: 'small' }, inert(JSON.stringify(entry.detail), 110)), h('pre', null, inert(JSON.stringify(entry.detail, null, 1), 8000)))),
          h('td', { class: 'mono', title: entry.hash }, `${entry.hash.slice(0, 12)}\u2026`))))), 'tbody tr')));
  };
  draw();
  return [state, h('div', { class: 'toolbar' }, choice,
    exports('custody', () => ['seq', 'time', 'who', 'action', 'detail', 'previous', 'hash'], () => log.entries.map((entry) => ({ ...entry })))), body];
}
