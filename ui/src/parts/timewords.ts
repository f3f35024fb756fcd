/** The timeline in words: labels beside the lanes, the legend, the table, the counts. */
import { h, type Child } from '../dom.ts';
import { count, percent, term } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import { to } from '../router.ts';
import { inert } from '../text.ts';
import { binEnd, minute, ms, rfc, type Unit } from '../time.ts';
import type { Case } from './case.ts';
import { hue, TIME_OF, type Bin } from './lanes.ts';
import { label, name, person, probability, status } from './marks.ts';
import { place, type Sheet } from './timesheet.ts';

/** Labels left of the canvas, as links: the picture's own are not reachable by key. */
export function labelColumn(all: Case, of: Sheet): HTMLElement {
  const at = (top: number, height: number, extra: string, ...children: Child[]): HTMLElement =>
    h('div', { class: `lane ${extra}`, css: { top: `${top}px`, height: `${height}px` } }, children);
  const rows = place(of);
  let group = '';
  return h('div', { class: 'lanes' },
    at(0, of.strip, 'quiet', t('timeline.whole')),
    of.counts.map((lane) => at(lane.top, lane.height, '', h('a', { href: `/tables/${lane.table}` }, t(`count.${lane.table}` as 'count.messages')))),
    rows.map((row) => {
      const heading = row.kind === group ? null : at(row.top - 22, 22, 'group', t(`group.${row.kind}`));
      group = row.kind;
      switch (row.kind) {
        case 'waves':
          return [heading, at(row.top, row.height, '', row.campaign ? label(all, row.campaign) : t('waves.other'), h('span', { class: 'quiet wide-only' }, ' ', tn('n.waves', row.waves.length)))];
        case 'intrusion':
          return [heading, at(row.top, row.height, '', label(all, row.intrusion.intrusion_id), ' ', person(all, row.intrusion.account, false))];
        case 'claims':
          return [heading, at(row.top, row.height, '', h('a', { href: '/claims' }, t('page.claims')))];
        case 'coverage':
          return [heading, at(row.top, row.height, 'small', h('a', { href: to('/tables/coverage', { source: row.source }) }, name('source', row.source)))];
      }
    }));
}

export function legend(all: Case): HTMLElement {
  const kinds = [...new Set(all.report.intrusions.map(hue))];
  const sign = (css: Record<string, string>, text: string, extra = ''): HTMLElement => h('span', null, h('i', { css, class: extra }), text);
  return h('p', { class: 'legend' },
    sign({ background: 'var(--wave)', 'border-radius': '5px' }, t('legend.wave')),
    kinds.map((kind) => sign({ background: `var(--${kind})` }, name('kind', kind))),
    sign({ background: 'linear-gradient(90deg, transparent, var(--soft))' }, t('legend.bounds')),
    h('span', null, '[ ', t('legend.censored')),
    sign({ background: 'var(--now)', 'clip-path': 'polygon(0 0, 100% 50%, 0 100%)' }, t('legend.active')),
    sign({}, t('legend.hatch'), 'hatched'));
}

function inside(bin: Bin, unit: Unit, [from, to]: [number, number]): boolean {
  const at = ms(bin.at);
  return at < to && binEnd(at, unit) > from;
}

/** How much lies in the window; each figure leads to its rows. */
export function inWindow(lanes: Record<string, readonly Bin[]>, unit: Unit, win: [number, number]): HTMLElement {
  return h('div', { class: 'figures' }, Object.entries(lanes).map(([table, bins]) => {
    const n = bins.filter((bin) => inside(bin, unit, win)).reduce((sum, bin) => sum + bin.n, 0);
    const column = TIME_OF[table] ?? 'time';
    return h('a', { href: to(`/tables/${table}`, { [`min.${column}`]: rfc(win[0]), [`max.${column}`]: rfc(win[1]) }) },
      h('b', null, count(n)), h('span', null, t(`count.${table}` as 'count.messages')));
  }));
}

/** The same as the picture shows, as tables. */
export function table(all: Case, of: Sheet, lanes: Record<string, readonly Bin[]>, unit: Unit, win: [number, number]): Child {
  const touches = (from: string | null, until: string | null): boolean => ms(from) < win[1] && ms(until ?? from) >= win[0];
  const waves = all.report.waves.filter((row) => touches(row.first_seen, row.last_seen));
  const intrusions = all.report.intrusions.filter((row) => touches(row.first_access, row.last_access));
  const times = [...new Set(Object.values(lanes).flatMap((bins) => bins.filter((bin) => inside(bin, unit, win)).map((bin) => bin.at)))].sort();
  const values = of.counts.map((lane) => ({ table: lane.table, at: new Map((lanes[lane.table] ?? []).map((bin) => [bin.at, bin.n])) }));
  const heads = (...texts: string[]): HTMLElement => h('thead', null, h('tr', null, texts.map((text) => h('th', { scope: 'col' }, text))));
  const box = (caption: string, ...children: Child[]): HTMLElement => h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, h('table', null, h('caption', { class: 'hide' }, caption), children));
  return [
    h('h2', null, t('waves')),
    box(t('waves'), heads(t('wave'), t('campaign'), t('from'), t('until'), t('subject'), t('probability')), h('tbody', null, waves.map((row) => h('tr', null,
      h('th', { scope: 'row' }, label(all, row.wave_id)), h('td', null, label(all, row.campaign_id)), h('td', { class: 'cell-date' }, minute(row.first_seen)), h('td', { class: 'cell-date' }, minute(row.last_seen)), h('td', null, inert(row.subject, 120)), h('td', { class: 'nowrap' }, `${t(term(row.probability))} (${percent(row.probability)})`))))),
    h('h2', null, t('group.intrusion')),
    box(t('group.intrusion'), heads(t('intrusion'), t('account'), t('from'), t('until'), t('state'), t('probability')), h('tbody', null, intrusions.map((row) => h('tr', null,
      h('th', { scope: 'row' }, label(all, row.intrusion_id)), h('td', null, person(all, row.account)), h('td', { class: 'cell-date' }, minute(row.first_access)), h('td', { class: 'cell-date' }, minute(row.last_access)), h('td', null, status(row)), h('td', null, probability(row.probability)))))),
    h('h2', null, t('counts'), ' ', h('span', { class: 'quiet small' }, t('per', { unit: t(`unit.${unit}`) }))),
    box(t('counts'), heads(t('from'), ...values.map((lane) => t(`count.${lane.table}` as 'count.messages'))), h('tbody', null, times.slice(0, 500).map((at) => h('tr', null,
      h('th', { scope: 'row', class: 'cell-date' }, minute(at)), values.map((lane) => h('td', null, count(lane.at.get(at) ?? 0))))))),
    times.length > 500 ? h('p', { class: 'quiet small' }, t('n_of', { n: 500, all: times.length })) : null,
  ];
}
