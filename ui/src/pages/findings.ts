/** Rules and indicators that matched: by rule first, then every match. */
import { runSql } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { browse } from '../parts/browser.ts';
import { head } from '../parts/head.ts';
import { name, tag, techniques } from '../parts/marks.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { day } from '../time.ts';

/** Counted by the server: a case has tens of thousands of matches. */
const RULES = `SELECT rule, min(title) AS title, min(severity) AS severity, count(*) AS matches, count(DISTINCT subject) AS subjects,
  min("time") AS first, max("time") AS last, first_value(techniques) AS techniques FROM findings GROUP BY rule ORDER BY rule`;
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
    await loading(box, context.signal, async () => rules((await runSql(RULES, 1000, context.signal)).rows));
  },
};

function rules(found: readonly Row[]): Child {
  if (found.length === 0) return empty(t('findings.none'), t('findings.none.hint'));
  const rank = (severity: unknown): number => (ORDER.indexOf(String(severity)) + ORDER.length + 1) % (ORDER.length + 1);
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const rows = [...found].sort((a, b) => rank(a['severity']) - rank(b['severity']) || Number(b['matches']) - Number(a['matches']));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('findings.rules') }, h('table', null,
    h('caption', { class: 'hide' }, tn('n.rules', rows.length)),
    h('thead', null, h('tr', null, [t('severity'), t('rule'), t('matches'), t('subjects'), t('when'), t('techniques')].map((text, at) => h('th', { scope: 'col', class: at === 2 || at === 3 ? 'r' : '' }, text)))),
    h('tbody', null, rows.map((row) => {
      const rule = text(row['rule']);
      const ids = Array.isArray(row['techniques']) ? row['techniques'].map(String) : [];
      return h('tr', null,
        h('td', null, tag(name('severity', text(row['severity'])), `sev-${text(row['severity'])}`)),
        h('th', { scope: 'row' }, h('a', { href: to('/findings', { rule }) }, inert(text(row['title']) || rule, 120)), h('div', { class: 'quiet small mono' }, inert(rule, 80))),
        h('td', { class: 'r' }, h('a', { href: to('/findings', { rule }) }, count(Number(row['matches'])))),
        h('td', { class: 'r' }, count(Number(row['subjects']))),
        h('td', { class: 'cell-date' }, `${day(text(row['first']))} \u2013 ${day(text(row['last']))}`),
        h('td', null, techniques(ids)));
    }))));
}
