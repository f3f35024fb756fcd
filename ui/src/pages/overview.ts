/** Four questions, four answers, what was not covered, what to do now. */
import { fill, h, type Child } from '../dom.ts';
import { count, LIKELY } from '../format.ts';
import { t, tn, type Key } from '../i18n/index.ts';
import { getCase, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { sentence, tag } from '../parts/marks.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Page } from '../router.ts';
import { inert } from '../text.ts';

const QUESTIONS: Key[] = ['q.targeted', 'q.broken', 'q.who', 'q.proof'];
/** Where each answer is told in full. */
const WHERE: { href: string; title: Key }[] = [
  { href: '/people', title: 'page.people' },
  { href: '/accounts', title: 'page.accounts' },
  { href: '/hypotheses', title: 'page.hypotheses' },
  { href: '/custody', title: 'page.custody' },
];

export const page: Page = {
  title: 'page.overview',
  async show(root, { signal }) {
    const box = h('div');
    fill(root, head(t('page.overview'), null,
      h('a', { class: 'button', href: '/timeline' }, t('page.timeline')),
      h('a', { class: 'button', href: '/report' }, t('page.report'))), box);
    await loading(box, signal, async () => view(await getCase()), 10);
  },
};

function view(all: Case): Child {
  const { report, narrative } = all;
  return [
    figures(all),
    h('div', { class: 'two' },
      h('div', null, narrative.judgements.map((answers, at) =>
        h('section', { class: 'question' },
          h('h2', null, `${at + 1}. ${t(QUESTIONS[at] ?? 'q.proof')}`),
          answers.map(sentence),
          WHERE[at] ? h('p', { class: 'small' }, h('a', { href: WHERE[at].href }, t('in_full', { page: t(WHERE[at].title) }))) : null))),
      h('div', null,
        h('section', { class: 'question' },
          h('h2', null, t('actions')),
          narrative.actions.length === 0
            ? empty(t('actions.none'))
            : h('ol', { class: 'actions' }, narrative.actions.map((action) =>
                h('li', null, h('b', { lang: 'en' }, action.title), ' ', action.urgent ? tag(t('urgent'), 'live') : null, sentence(action.statement))))),
        h('section', { class: 'question' },
          h('h2', null, t('gaps')),
          h('p', { class: 'small quiet' }, t('gaps.hint')),
          narrative.coverage.length === 0 ? empty(t('gaps.none')) : narrative.coverage.map((row) => h('div', { class: 'gap', lang: 'en' }, row.text))))),
    h('section', { class: 'question' },
      h('h2', null, t('read')),
      counts(all),
      h('p', { class: 'small quiet' }, t('run'), ' ', h('code', null, report.run_id), ' \u00b7 demarche ', inert(report.tool_version, 40))),
  ];
}

function figure(n: number, what: string, href: string, live = false): HTMLElement {
  return h('a', { href, class: live ? 'live' : '' }, h('b', null, count(n)), h('span', null, what));
}

/** The case in six figures; each leads to its rows. */
function figures({ report }: Case): HTMLElement {
  const waves = report.waves.filter((row) => row.probability > LIKELY);
  const mailboxes = new Set(waves.flatMap((row) => row.recipients));
  const clicked = new Set(report.exposures.filter((row) => row.state === 'clicked' || row.state === 'fetched').map((row) => row.recipient));
  const intrusions = report.intrusions.filter((row) => row.probability > LIKELY);
  const active = intrusions.filter((row) => row.status === 'active').length;
  return h('div', { class: 'figures' },
    figure(waves.length, tn('figure.waves', waves.length), '/campaigns'),
    figure(mailboxes.size, tn('figure.mailboxes', mailboxes.size), '/people'),
    figure(clicked.size, tn('figure.reacted', clicked.size), to('/people', { show: 'reacted' })),
    figure(intrusions.length, tn('figure.intrusions', intrusions.length), '/accounts'),
    figure(active, tn('figure.active', active), to('/accounts', { status: 'active' }), active > 0),
    figure(report.findings, tn('figure.findings', report.findings), '/findings'));
}

function counts({ report }: Case): HTMLElement {
  const { totals } = report;
  return h('div', { class: 'figures' },
    figure(totals.messages, t('count.messages'), '/messages'),
    figure(totals.mailboxes, t('count.mailboxes'), '/people'),
    figure(totals.events, t('count.events'), '/tables/events'),
    figure(totals.fetches, t('count.fetches'), '/tables/fetches'),
    figure(totals.calls, t('count.calls'), '/tables/calls'),
    figure(totals.lookups, t('count.lookups'), '/tables/record_lookups'),
    figure(totals.duplicates, t('count.duplicates'), '/tables/occurrences'),
    figure(report.anomalies.total, t('count.anomalies'), '/tables/anomalies'),
    figure(report.sources, t('count.sources'), '/tables/sources'));
}
