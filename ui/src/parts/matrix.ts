/** The matrix of hypotheses and evidence (Heuer's analysis of competing hypotheses): evidence
 *  down, hypotheses across, the most telling first. An analyst's mark stands beside the
 *  computed one, never in its place. */
import { fill, h, type Child } from '../dom.ts';
import { factor } from '../format.ts';
import { t } from '../i18n/index.ts';
import { inert } from '../text.ts';
import { grouped, relabelled, type Case } from './case.ts';
import { decide, decisions, onDecision } from './decide.ts';
import { name } from './marks.ts';

/** A row of the `ach` table. */
export interface Cell {
  campaign_id: string;
  tier: string;
  hypothesis: string;
  item: string;
  what: string;
  origin: string;
  mark: string;
  log_likelihood_ratio: number;
  diagnosticity: number;
  grade: string;
  analyst_mark: string;
}

const MARKS = ['consistent', 'inconsistent', 'neutral'];
const MOST_COLUMNS = 6;
const MOST_LINES = 60;

export function matrix(all: Case, cells: readonly Cell[], ranked: readonly string[], signal: AbortSignal): Child {
  const names = [...new Set(cells.map((cell) => cell.hypothesis))];
  const place = (text: string): number => (ranked.indexOf(text) < 0 ? ranked.length : ranked.indexOf(text));
  const columns = names.sort((a, b) => place(a) - place(b) || a.localeCompare(b)).slice(0, MOST_COLUMNS);
  if (columns.length < 2) return null;
  const lines = [...grouped(cells, (cell) => cell.item).values()].sort((a, b) => Math.abs(b[0]?.diagnosticity ?? 0) - Math.abs(a[0]?.diagnosticity ?? 0) || (a[0]?.item ?? '').localeCompare(b[0]?.item ?? ''));
  const heading = (text: string): string => (text === 'unknown' ? t('unknown') : /^[kiw]1:/.test(text) ? all.label(text) : inert(text, 60));
  return h('details', { class: 'ach' }, h('summary', null, t('matrix', { n: columns.length, m: lines.length })),
    h('p', { class: 'quiet small' }, t('matrix.hint'), ' ', t('matrix.marks')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('matrix.alt') }, h('table', { class: 'matrix' },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('evidence')), columns.map((text) => h('th', { scope: 'col' }, heading(text))))),
      h('tbody', null, lines.slice(0, MOST_LINES).map((line) => h('tr', null,
        h('th', { scope: 'row', lang: 'en' }, inert(relabelled(all, line[0]?.what || line[0]?.item || ''), 240), h('span', { class: 'quiet small' }, ` ${[line[0]?.origin, line[0]?.grade].filter(Boolean).join(' \u00b7 ')}`)),
        columns.map((text) => square(line.find((cell) => cell.hypothesis === text), signal))))))));
}

/** One square: the computed weight, and a choice that records the analyst's mark. */
function square(cell: Cell | undefined, signal: AbortSignal): HTMLElement {
  if (!cell) return h('td', null, '\u2013');
  const nats = cell.log_likelihood_ratio;
  const side = cell.mark === 'consistent' ? 'pro' : cell.mark === 'inconsistent' ? 'con' : '';
  const choice = h('select', { class: 'own', 'aria-label': t('matrix.own', { hypothesis: cell.hypothesis, item: cell.item }), on: { change: () => {
    if (choice.value !== '') void decide({ kind: 'mark', campaign: cell.campaign_id, tier: cell.tier, item: cell.item, hypothesis: cell.hypothesis, mark: choice.value, why: '' }).catch(() => void draw());
  } } });
  const draw = async (): Promise<void> => {
    const { decisions: made } = await decisions();
    const last = made.filter((row) => row.holds && row.kind === 'mark' && row.subject === cell.campaign_id && row.detail['tier'] === cell.tier && row.detail['item'] === cell.item && row.detail['hypothesis'] === cell.hypothesis).at(-1);
    const own = String(last?.detail['mark'] ?? cell.analyst_mark);
    fill(choice, h('option', { value: '', selected: own === '' }, t('matrix.none')), MARKS.map((mark) => h('option', { value: mark, selected: own === mark }, name('mark', mark))));
  };
  void draw().catch(() => undefined);
  onDecision(() => void draw().catch(() => undefined), signal);
  return h('td', { class: side }, h('div', { title: name('mark', cell.mark) }, Math.abs(nats) < 1e-6 ? name('sign', cell.mark) : factor(nats)), choice);
}
