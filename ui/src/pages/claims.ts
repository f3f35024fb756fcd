/** What was said, by whom, in which words; and how it stands to what was found. */
import { getAll } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { t, tn } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { isEvidence } from '../parts/cells.ts';
import { getCase, grouped, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { claimActions } from '../parts/claimform.ts';
import { evidence, facts, labels, name, tag } from '../parts/marks.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';

export const page: Page = {
  title: 'page.claims',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.claims'), t('claims.note'), h('a', { class: 'button', href: '/tables/claims' }, t('as_table'))), box);
    await loading(box, context.signal, async () => {
      const [rows, all] = await Promise.all([getAll('claims', {}, 5000, context.signal), getCase().catch(() => null)]);
      return view(rows.rows, all, context);
    });
  },
};

const text = (row: Row, column: string): string => {
  const value = row[column];
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
};

function view(rows: readonly Row[], all: Case | null, { params, note, signal }: Context): Child {
  if (rows.length === 0) return empty(t('claims.none'), [t('claims.none.hint'), h('pre', { class: 'small' }, 'demarche investigate EVIDENCE... --case DIR --statements FILE...')]);
  const chosen = params.get('claim');
  const replies = grouped(rows.filter((row) => text(row, 'replies_to') !== ''), (row) => text(row, 'replies_to'));
  const body = h('div');
  const acts = [...new Set(rows.map((row) => text(row, 'act')))].sort();
  const act = h('select', { 'aria-label': t('claims.act'), on: { change: () => draw() } }, h('option', { value: '' }, t('claims.every')), acts.map((each) => h('option', { value: each, selected: params.get('act') === each }, name('act', each))));
  const words = h('input', { type: 'search', 'data-search': true, class: 'grow', 'aria-label': t('words'), placeholder: t('words.any'), value: params.get('q') ?? '', on: { input: () => draw() } });
  const draw = (): void => {
    note({ act: act.value, q: words.value.trim() });
    const asked = words.value.trim().toLowerCase();
    const shown = rows.filter((row) => (act.value === '' || text(row, 'act') === act.value) && (asked === '' || JSON.stringify(row).toLowerCase().includes(asked)));
    shown.sort((a, b) => text(a, 'said_on').localeCompare(text(b, 'said_on')));
    fill(body, h('p', { class: 'quiet small' }, tn('n.claims', shown.length)), shown.length === 0 ? empty(t('rows.none'), t('rows.none.filtered')) : shown.slice(0, 400).map((row) => claim(row, replies.get(text(row, 'claim_id')) ?? [], rows, all, signal)));
  };
  draw();
  if (chosen) requestAnimationFrame(() => document.getElementById(`claim-${chosen}`)?.scrollIntoView({ block: 'center' }));
  return [h('div', { class: 'toolbar', role: 'search' }, words, act), body];
}

/** The text with the words the claim rests on marked. `span` is what was said, or where it
 *  stands in the text: `{text, from, to}`. */
function quote(row: Row): Child {
  const span = row['span'];
  if (typeof span === 'object' && span !== null && !isEvidence(span)) {
    const { text: whole, from, to: until } = span as { text?: string; from?: number; to?: number };
    if (typeof whole === 'string' && typeof from === 'number' && typeof until === 'number') {
      return [inert(whole.slice(Math.max(0, from - 200), from), 260), h('mark', null, inert(whole.slice(from, until), 1200)), inert(whole.slice(until, until + 200), 260)];
    }
  }
  const said = text(row, 'text') || (typeof span === 'string' ? span : '');
  return said === '' ? null : h('mark', null, inert(said, 1200));
}

/** How the evidence stands to each part of a claim. */
function stances(row: Row): { part: string; stance: string; detail: string; records: string[] }[] {
  return Array.isArray(row['stance_of_evidence']) ? (row['stance_of_evidence'] as { part: string; stance: string; detail: string; records: string[] }[]) : [];
}

function quantities(row: Row): string {
  return Array.isArray(row['quantities']) ? (row['quantities'] as { text?: string }[]).map((each) => each.text ?? '').filter((each) => each !== '').join('; ') : '';
}

/** The words for it, else its days. */
function period(row: Row): string {
  const { from = '', to: until = '', text: words = '' } = (row['period'] ?? {}) as { from?: string; to?: string; text?: string };
  return words || [from, until].filter((each) => each !== '').join(' \u2013 ');
}

function claim(row: Row, replies: readonly Row[], rows: readonly Row[], all: Case | null, signal: AbortSignal): HTMLElement {
  const id = text(row, 'claim_id');
  const refs = [row['evidence'], row['span'], row['source']].flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isEvidence);
  const list = (column: string): string => (Array.isArray(row[column]) ? (row[column] as unknown[]).map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(', ') : text(row, column));
  const said = quote(row);
  const answers = rows.find((each) => text(each, 'claim_id') === text(row, 'replies_to'));
  const speaker = (each: Row): string => inert(text(each, 'speaker'), 120) || t('unknown');
  return h('article', { class: 'claim', id: `claim-${id}` },
    h('h3', null, speaker(row), ' ', tag(name('act', text(row, 'act'))), ' ', h('span', { class: 'quiet' }, inert(text(row, 'said_on'), 30))),
    said === null ? null : h('blockquote', null, said),
    facts(
      text(row, 'authority') !== '' && [t('claims.authority'), inert(text(row, 'authority'), 160)],
      list('about') !== '' && [t('claims.about'), inert(list('about'), 400)],
      text(row, 'hedge') !== '' && [t('claims.hedge'), inert(text(row, 'hedge'), 120)],
      quantities(row) !== '' && [t('claims.quantities'), inert(quantities(row), 300)],
      period(row) !== '' && [t('claims.period'), inert(period(row), 120)],
      text(row, 'reported_by') !== '' && [t('claims.reported_by'), inert(text(row, 'reported_by'), 160)],
      stances(row).length > 0 && [t('claims.stance'), h('ul', { class: 'plain' }, stances(row).map((each) => h('li', null,
        tag(name('stance', each.stance)), ' ', h('span', { lang: 'en' }, inert(each.part, 120)), each.detail ? h('div', { class: 'quiet small', lang: 'en' }, inert(each.detail, 300)) : null,
        all && each.records.length > 0 ? h('div', { class: 'small' }, labels(all, each.records)) : null)))],
      answers !== undefined && [t('claims.replies_to'), h('a', { href: to('/claims', { claim: text(answers, 'claim_id') }) }, speaker(answers))],
      replies.length > 0 && [t('claims.replies'), replies.map((each) => [h('a', { href: to('/claims', { claim: text(each, 'claim_id') }) }, speaker(each)), ` (${name('act', text(each, 'act'))}) `])],
      text(row, 'status') !== '' && [t('state'), [tag(name('claim', text(row, 'status'))), text(row, 'decided_by') === '' ? null : h('span', { class: 'quiet small' }, ' ', inert(text(row, 'decided_by'), 60))]],
      refs.length > 0 && [t('evidence'), evidence(refs)]),
    claimActions(row, rows, signal));
}
