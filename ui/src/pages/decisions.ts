/** What people decided: who, when, what; each can be taken back. */
import type { Decision, Decisions } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { t, tn } from '../i18n/index.ts';
import { getCase, relabelled, type Case } from '../parts/case.ts';
import { action, decisions, onDecision, undo, words } from '../parts/decide.ts';
import { head } from '../parts/head.ts';
import { name } from '../parts/marks.ts';
import { exports } from '../parts/save.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { second } from '../time.ts';

const SHOWN = 500;

export const page: Page = {
  title: 'page.decisions',
  async show(root, { signal }) {
    const box = h('div');
    fill(root, head(t('page.decisions'), t('decisions.note')), box);
    const draw = (): Promise<void> => loading(box, signal, async () => view(await decisions(true), await getCase().catch(() => null)));
    onDecision(() => void decisions().then((all) => getCase().catch(() => null).then((known) => !signal.aborted && fill(box, view(all, known)))), signal);
    await draw();
  },
};

/** Where the thing is that a decision is about. */
function about(all: Case | null, row: Decision): Child {
  const { subject } = row;
  if (/^[wki]1:/.test(subject) && all) {
    const label = all.label(subject);
    const href = subject.startsWith('i') ? to('/accounts', { intrusion: label }) : row.kind === 'mark' || row.kind === 'probability' || row.kind === 'hypothesis' || row.kind === 'evidence' ? to('/hypotheses', { about: label }) : to('/campaigns', subject.startsWith('w') ? { wave: label } : { campaign: label });
    return h('a', { href, title: subject }, label);
  }
  if (subject.startsWith('m1:')) return h('a', { href: `/messages/${subject}`, class: 'mono' }, `${subject.slice(0, 15)}\u2026`);
  if (row.kind.startsWith('claim_') && row.kind !== 'claim_import') return h('a', { href: to('/claims', { claim: subject }) }, inert(subject, 24));
  return h('span', { title: inert(subject, 200) }, inert(subject, 40));
}

function view({ decisions: all }: Decisions, known: Case | null): Child {
  if (all.length === 0) return empty(t('decisions.none'), t('decisions.none.hint'));
  const newest = [...all].reverse();
  return [
    h('div', { class: 'toolbar' }, h('b', null, tn('n.decisions', all.length)), h('span', { class: 'end' },
      exports('decisions', () => ['number', 'decided_at', 'decided_by', 'kind', 'subject', 'detail', 'holds'], () => all.map((row) => ({ ...row }))))),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page.decisions') }, h('table', null,
      h('thead', null, h('tr', null, ['#', t('when'), t('who'), t('decision'), t('about'), t('detail'), ''].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, newest.slice(0, SHOWN).map((row) => h('tr', { class: row.holds || row.kind === 'undo' ? '' : 'gone' },
        h('th', { scope: 'row' }, row.number), h('td', { class: 'cell-date' }, second(row.decided_at)), h('td', null, inert(row.decided_by, 60)),
        h('td', { class: 'nowrap' }, name('decision', row.kind)), h('td', null, about(known, row)),
        h('td', null, inert(known ? relabelled(known, words(row)) : words(row), 300)),
        h('td', { class: 'nowrap' }, row.holds && row.kind !== 'undo' ? action(t('undo'), () => undo(row.number)) : row.kind === 'undo' ? null : h('span', { class: 'quiet small' }, t('undone')))))))),
    newest.length > SHOWN ? h('p', { class: 'quiet small' }, t('n_of', { n: SHOWN, all: newest.length })) : null,
  ];
}
