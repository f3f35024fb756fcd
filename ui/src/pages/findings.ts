/** Rules and indicators that matched: by rule first, then every match. */
import { fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Finding } from '../model.ts';
import { browse } from '../parts/browser.ts';
import { getCase, grouped } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { name, tag, techniques } from '../parts/marks.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { day } from '../time.ts';

const ORDER = ['critical', 'high', 'medium', 'low', 'informational'];

export const page: Page = {
  title: 'page.findings',
  async show(root, context) {
    const rule = context.params.get('rule');
    if (rule !== null || context.params.size > 0) {
      fill(root, head(t('page.findings'), rule ? inert(rule, 80) : null, h('a', { class: 'button', href: '/findings' }, t('findings.rules'))));
      await browse(root, context, { table: 'findings', caption: t('page.findings') });
      return;
    }
    const box = h('div');
    fill(root, head(t('page.findings'), t('findings.note'), h('a', { class: 'button', href: to('/findings', { sort: 'time' }) }, t('findings.all'))), box);
    await loading(box, context.signal, async () => rules((await getCase()).report.findings));
  },
};

function rules(findings: readonly Finding[]): Child {
  if (findings.length === 0) return empty(t('findings.none'), t('findings.none.hint'));
  const rows = [...grouped(findings, (row) => row.rule)].map(([rule, own]) => {
    const times = own.map((row) => row.time ?? '').filter((time) => time !== '').sort();
    return { rule, own, first: own[0], from: times[0], to: times.at(-1) };
  });
  const rank = (severity: string): number => (ORDER.indexOf(severity) + ORDER.length + 1) % (ORDER.length + 1);
  rows.sort((a, b) => rank(a.first?.severity ?? '') - rank(b.first?.severity ?? '') || b.own.length - a.own.length);
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('findings.rules') }, h('table', null,
    h('caption', { class: 'hide' }, tn('n.rules', rows.length)),
    h('thead', null, h('tr', null, [t('severity'), t('rule'), t('matches'), t('subjects'), t('when'), t('techniques')].map((text, at) => h('th', { scope: 'col', class: at === 2 || at === 3 ? 'r' : '' }, text)))),
    h('tbody', null, rows.map(({ rule, own, first, from, to: until }) => h('tr', null,
      h('td', null, tag(name('severity', first?.severity ?? ''), `sev-${first?.severity ?? ''}`)),
      h('th', { scope: 'row' }, h('a', { href: to('/findings', { rule }) }, inert(first?.title || rule, 120)), h('div', { class: 'quiet small mono' }, inert(rule, 80))),
      h('td', { class: 'r' }, h('a', { href: to('/findings', { rule }) }, count(own.length))),
      h('td', { class: 'r' }, count(new Set(own.map((row) => row.subject)).size)),
      h('td', { class: 'cell-date' }, `${day(from)} \u2013 ${day(until)}`),
      h('td', null, techniques(first?.techniques ?? [])))))));
}
