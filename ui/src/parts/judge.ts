/** An analyst's own probability, hypothesis or evidence, kept beside what is computed. */
import { h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { inert } from '../text.ts';
import { action, decide, history } from './decide.ts';
import { name } from './marks.ts';

const KINDS = new Set(['probability', 'hypothesis', 'evidence', 'mark']);

export function judge(campaign: string, tier: string, names: readonly string[], signal: AbortSignal): Child {
  const which = h('input', { list: `names-${tier}`, 'aria-label': t('name'), placeholder: t('name') });
  const p = h('input', { type: 'number', min: 0, max: 100, step: 1, 'aria-label': t('probability'), placeholder: '%', css: { width: '76px' } });
  const why = h('input', { class: 'grow', 'aria-label': t('why'), placeholder: t('why') });
  const what = h('input', { class: 'grow', 'aria-label': t('judge.what'), placeholder: t('judge.what') });
  const grade = h('input', { 'aria-label': t('judge.grade'), placeholder: 'B2', maxlength: 2, css: { width: '64px' } });
  return [
    history((row) => KINDS.has(row.kind) && row.subject === campaign && row.detail['tier'] === tier, signal),
    h('details', { class: 'decide' }, h('summary', null, t('judge')),
      h('div', { class: 'toolbar' }, which, h('datalist', { id: `names-${tier}` }, names.map((each) => h('option', { value: each }, inert(each, 80)))), p, why,
        action(t('judge.keep'), async () => {
          const text = which.value.trim();
          if (text === '') return which.focus();
          const probability = p.value === '' ? null : Number(p.value) / 100;
          const known = names.includes(text);
          if (known && probability === null) return p.focus();
          await decide({ kind: known ? 'probability' : 'hypothesis', campaign, tier, name: text, probability, why: why.value.trim() });
        })),
      h('div', { class: 'toolbar' }, what, grade,
        action(t('judge.evidence'), async () => {
          if (what.value.trim() === '') return what.focus();
          await decide({ kind: 'evidence', campaign, tier, what: what.value.trim(), grade: grade.value.trim().toUpperCase(), marks: {} });
        })),
      h('p', { class: 'quiet small' }, t('judge.hint', { tier: name('tier', tier) }))),
  ];
}
