/** Joining and splitting waves: a recorded decision over their messages, in force after the
 *  analysis has run again. */
import { h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { Wave } from '../model.ts';
import { span } from '../time.ts';
import type { Case } from './case.ts';
import { action, decide } from './decide.ts';

function form(title: string, hint: string, ...children: Child[]): HTMLElement {
  return h('details', { class: 'decide' }, h('summary', null, title), h('p', { class: 'quiet small' }, hint), h('div', { class: 'toolbar' }, children));
}

function reason(): HTMLInputElement {
  return h('input', { class: 'grow', 'aria-label': t('why'), placeholder: t('why') });
}

/** Says that a wave is not the work of its campaign's other waves. */
export function splitWave(all: Case, wave: Wave): Child {
  const others = (all.campaign(wave.campaign_id)?.wave_ids ?? []).filter((id) => id !== wave.wave_id);
  if (others.length === 0) return null;
  const why = reason();
  return form(t('split.wave', { campaign: all.label(wave.campaign_id) }), t('split.hint'), why,
    action(t('split'), () => decide({ kind: 'wave_split', wave: wave.wave_id, from: others, why: why.value.trim() })));
}

/** Says that the two waves of a link are not one hand's. */
export function splitLink(all: Case, waves: readonly string[]): Child {
  const [first, second] = waves;
  if (first === undefined || second === undefined) return null;
  const why = reason();
  return form(t('split.link', { waves: waves.map((id) => all.label(id)).join(' \u2013 ') }), t('split.hint'), why,
    action(t('split'), () => decide({ kind: 'wave_split', wave: first, from: [second], why: why.value.trim() })));
}

/** Says that waves are one hand's work with another campaign's. */
export function joinWith(all: Case, waves: readonly string[], campaign: string): Child {
  const others = all.report.campaigns.filter((row) => row.campaign_id !== campaign);
  const [own] = waves;
  if (others.length === 0 || own === undefined) return null;
  const choice = h('select', { 'aria-label': t('join.with') }, others.map((row) => h('option', { value: row.campaign_id }, `${all.label(row.campaign_id)} \u00b7 ${row.wave_ids.map((id) => all.label(id)).slice(0, 6).join(', ')} \u00b7 ${span(row.first_seen, row.last_seen)}`)));
  const why = reason();
  return form(t('join.title'), t('join.hint'), choice, why, action(t('join'), () => {
    const other = all.campaign(choice.value)?.wave_ids[0] ?? '';
    return decide({ kind: 'wave_join', waves: [own, other], why: why.value.trim() });
  }));
}
