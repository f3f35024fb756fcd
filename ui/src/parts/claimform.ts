/** What people decide on a claim: it says that, it does not, it says something else, it
 *  answers another. */
import { h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { inert } from '../text.ts';
import { action, decide, history } from './decide.ts';
import { name } from './marks.ts';

const ACTS = ['accuse', 'attribute', 'charge', 'sanction', 'warn', 'confirm', 'deny', 'protest', 'counter_accuse', 'summon', 'threaten'];
const KINDS = new Set(['claim_confirm', 'claim_reject', 'claim_edit']);

const text = (row: Row, column: string): string => (typeof row[column] === 'string' ? row[column] : '');

export function claimActions(row: Row, rows: readonly Row[], signal: AbortSignal): Child {
  const id = text(row, 'claim_id');
  const claims = [id];
  return [
    history((decision) => KINDS.has(decision.kind) && decision.subject === id, signal),
    h('div', { class: 'toolbar' },
      action(t('claim.confirm'), () => decide({ kind: 'claim_confirm', claims })),
      action(t('claim.reject'), () => decide({ kind: 'claim_reject', claims })),
      h('details', { class: 'decide' }, h('summary', null, t('claim.edit')), edit(row, rows))),
  ];
}

/** The fields that differ, and no others, are what is decided. */
function edit(row: Row, rows: readonly Row[]): HTMLElement {
  const id = text(row, 'claim_id');
  const line = (label: string, field: string): [HTMLElement, () => [string, string] | null] => {
    const input = h('input', { value: text(row, field) });
    return [h('label', { class: 'field' }, h('span', { class: 'small' }, label), input), () => (input.value.trim() === text(row, field) ? null : [field, input.value.trim()])];
  };
  const fields = [line(t('claims.speaker'), 'speaker'), line(t('claims.authority'), 'authority'), line(t('claims.hedge'), 'hedge'), line(t('claims.said_on'), 'said_on')];
  const act = h('select', { 'aria-label': t('claims.act') }, ACTS.map((each) => h('option', { value: each, selected: text(row, 'act') === each }, name('act', each))));
  const about = h('input', { value: Array.isArray(row['about']) ? row['about'].map(String).join('; ') : '' });
  const before = about.value;
  const earlier = rows.filter((each) => text(each, 'claim_id') !== id);
  const answers = h('select', { 'aria-label': t('claims.replies_to') }, h('option', { value: '' }, t('none.stated')), earlier.slice(0, 500).map((each) =>
    h('option', { value: text(each, 'claim_id'), selected: text(row, 'replies_to') === text(each, 'claim_id') }, inert(`${text(each, 'said_on')} ${text(each, 'speaker')} \u00b7 ${name('act', text(each, 'act'))}`, 80))));
  return h('div', null,
    h('div', { class: 'three' }, fields.map(([box]) => box),
      h('label', { class: 'field' }, h('span', { class: 'small' }, t('claims.act')), act),
      h('label', { class: 'field' }, h('span', { class: 'small' }, `${t('claims.about')} (;)`), about),
      h('label', { class: 'field' }, h('span', { class: 'small' }, t('claims.replies_to')), answers)),
    action(t('claim.keep'), async () => {
      const change: Record<string, unknown> = Object.fromEntries(fields.map(([, read]) => read()).filter((pair) => pair !== null));
      if (act.value !== text(row, 'act')) change['act'] = act.value;
      if (about.value !== before) change['about'] = about.value.split(';').map((each) => each.trim()).filter((each) => each !== '');
      if (answers.value !== text(row, 'replies_to')) change['replies_to'] = answers.value;
      if (Object.keys(change).length > 0) await decide({ kind: 'claim_edit', claims: [id], change });
    }));
}
