/** Who may be behind it: names by probability, what speaks for and against, and the matrix
 *  of hypotheses and evidence (Heuer's analysis of competing hypotheses). */
import { fill, h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { Hypothesis, Support } from '../model.ts';
import { getCase, grouped, relabelled, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { rove } from '../parts/keys.ts';
import { label, name, probability, tag, techniques } from '../parts/marks.ts';
import { getAll } from '../api.ts';
import { matrix, type Cell } from '../parts/matrix.ts';
import { notes } from '../parts/decide.ts';
import { judge } from '../parts/judge.ts';
import { sides } from '../parts/sides.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';

const TIERS = ['cluster', 'campaign', 'operator', 'organisation', 'state'];

export const page: Page = {
  title: 'page.hypotheses',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.hypotheses'), t('hypotheses.note')), box);
    await loading(box, context.signal, async () => {
      const [all, ach] = await Promise.all([getCase(), getAll('ach', {}, 20_000, context.signal)]);
      return view(all, grouped(ach.rows as unknown as Cell[], (cell) => cell.campaign_id), context);
    });
  },
};

function view(all: Case, ach: Map<string, Cell[]>, context: Context): Child {
  const { params, note } = context;
  const about = [...all.hypothesesOf.keys()];
  if (about.length === 0) return empty(t('hypotheses.none'), t('hypotheses.none.hint'));
  const id = (key: string): string => all.campaign(key)?.campaign_id ?? all.intrusion(key)?.intrusion_id ?? key;
  // The campaign with most waves stands first: it carries most.
  const weight = (key: string): number => all.campaign(key)?.wave_ids.length ?? 0;
  const standard = [...about].sort((a, b) => weight(b) - weight(a))[0] ?? '';
  const detail = h('div');
  const list = h('ul', { class: 'list' });
  const show = (move: boolean): void => {
    const asked = id(params.get('about') ?? '');
    const chosen = all.hypothesesOf.has(asked) ? asked : standard;
    fill(list, about.map((key) => {
      const top = [...(all.hypothesesOf.get(key) ?? [])].filter((row) => row.tier !== 'cluster' && row.tier !== 'campaign').sort((a, b) => b.probability - a.probability)[0];
      return h('li', null, h('a', { href: to('/hypotheses', { about: all.label(key) }), 'aria-current': key === chosen ? 'true' : null, on: { click: (event) => {
        event.preventDefault();
        note({ about: all.label(key) }, true);
        show(true);
      } } }, h('span', { class: 'row' }, h('b', null, all.label(key)), h('span', { class: 'quiet small' }, all.campaign(key) ? t('campaign') : t('intrusion'))),
        top ? h('span', { class: 'sub' }, `${inert(top.name, 40)} \u00b7 ${t('tier.short', { tier: name('tier', top.tier) })}`) : null));
    }));
    fill(detail, subject(all, chosen, ach.get(chosen) ?? [], context.signal));
    if (move) detail.querySelector<HTMLElement>('h2')?.focus();
  };
  show(false);
  return h('div', { class: 'split' }, h('nav', { 'aria-label': t('page.hypotheses') }, rove(list, 'a')), detail);
}

function subject(all: Case, key: string, cells: readonly Cell[], signal: AbortSignal): Child {
  const rows = all.hypothesesOf.get(key) ?? [];
  const tiers = [...grouped(rows, (row) => row.tier)].sort(([a], [b]) => TIERS.indexOf(b) - TIERS.indexOf(a));
  const snapshot = rows.find((row) => row.snapshot !== '')?.snapshot;
  return [
    h('h2', { tabindex: -1 }, t('hypotheses.about'), ' ', label(all, key)),
    h('p', { class: 'quiet small' }, t('hypotheses.hint')),
    tiers.map(([tier, own]) => {
      const sorted = [...own].sort((a, b) => b.probability - a.probability);
      return h('section', { class: 'question' },
        h('h3', null, name('tier', tier)),
        h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name('tier', tier) }, h('table', null,
          h('thead', null, h('tr', null, [t('name'), t('probability'), t('scale')].map((text) => h('th', { scope: 'col' }, text)))),
          h('tbody', null, sorted.slice(0, 10).map((row) => h('tr', null,
            h('th', { scope: 'row' }, named(all, row)), h('td', null, probability(row.probability, row.prior, row.term ? name('word', row.term) : undefined)), h('td', { class: 'quiet' }, inert(row.term_scale, 20))))))),
        sorted.length > 10 ? h('p', { class: 'quiet small' }, t('n_of', { n: 10, all: sorted.length })) : null,
        matrix(all, cells.filter((cell) => cell.tier === tier), sorted.map((row) => row.name), signal),
        judge(key, tier, sorted.map((row) => row.name), signal),
        sorted.slice(0, 4).filter((row) => row.supporting.length + row.contradicting.length > 0).map((row, at) => h('details', { open: at === 0 },
          h('summary', null, h('b', null, named(all, row)), ' ', t('hypotheses.sides', { pro: row.supporting.length, con: row.contradicting.length })),
          sides([...row.supporting.map((item) => weighed(all, item, 1)), ...row.contradicting.map((item) => weighed(all, item, -1))]),
          row.alternatives.length > 0 ? h('p', { class: 'small' }, h('span', { class: 'quiet' }, t('alternatives'), ': '), row.alternatives.slice(0, 12).map((each) => [tag(inert(each, 50)), ' '])) : null)));
    }),
    notes(key, signal),
    snapshot ? h('p', { class: 'quiet small' }, t('knowledge'), ': ', inert(snapshot, 400)) : null,
  ];
}

/** A name; a cluster's is the row it is about. */
function named(all: Case, row: Pick<Hypothesis, 'name'>): string {
  if (row.name === 'unknown') return t('unknown');
  return /^[kiw]1:/.test(row.name) ? all.label(row.name) : inert(row.name, 80);
}

/** What others assess weighs nothing here, and stands on its side all the same. */
function weighed(all: Case, item: Support, side: 1 | -1): { what: Child; nats: number; evidence: Support['evidence'] } {
  const nats = item.log_likelihood_ratio === 0 && side < 0 ? -1e-9 : item.log_likelihood_ratio;
  return { what: [h('span', { lang: 'en' }, inert(relabelled(all, item.what), 500)), item.techniques.length > 0 ? [' ', techniques(item.techniques)] : null], nats, evidence: item.evidence };
}
