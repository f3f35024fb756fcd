/** The report as it would leave the house: whole, or as a policy lets it pass; and its export,
 *  signed. */
import type { Job } from '../api.ts';
import { append, fill, h } from '../dom.ts';
import { languages, lang, t } from '../i18n/index.ts';
import { watch } from '../parts/banner.ts';
import { head } from '../parts/head.ts';
import { begin, follow, progress } from '../parts/jobs.ts';
import { name } from '../parts/marks.ts';
import { failed } from '../parts/states.ts';
import { to, type Page } from '../router.ts';
import { inert } from '../text.ts';

const LABELS = ['RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR'];
/** Kinds of rows that a policy can let pass, and those that one shares first. */
const KINDS = ['wave', 'campaign', 'exposure', 'intrusion', 'hypothesis', 'claim', 'finding', 'coverage', 'person', 'source', 'statement', 'derivation', 'range', 'anomaly'];
const SHARED = new Set(['wave', 'campaign', 'coverage', 'statement', 'derivation']);

export const page: Page = {
  title: 'page.report',
  show(root, { params, note, signal }) {
    const language = h('select', { 'aria-label': t('report.language') }, languages.map((code) => h('option', { value: code, selected: code === (params.get('language') ?? lang()) }, code.toUpperCase())));
    const label = h('select', { 'aria-label': 'TLP' }, LABELS.map((each) => h('option', { value: each, selected: each === (params.get('tlp') ?? 'RED') }, `TLP:${each}`)));
    const whom = h('input', { 'aria-label': t('report.for'), placeholder: t('report.for'), value: params.get('for') ?? '' });
    const redacted = h('input', { type: 'checkbox', checked: params.has('kinds') });
    const asked = params.get('kinds')?.split(',');
    const boxes = KINDS.map((kind) => ({ kind, box: h('input', { type: 'checkbox', checked: asked ? asked.includes(kind) : SHARED.has(kind) }) }));
    const people = h('input', { class: 'grow', 'aria-label': t('report.people'), placeholder: t('report.people'), value: params.get('people') ?? '' });
    const kinds = (): string[] => boxes.filter(({ box }) => box.checked).map(({ kind }) => kind);
    const policy = h('fieldset', { hidden: !redacted.checked }, h('legend', { class: 'small' }, t('report.passes')),
      h('div', { class: 'toolbar' }, boxes.map(({ kind, box }) => h('label', { class: 'check' }, box, name('passes', kind)))),
      h('div', { class: 'toolbar' }, people), h('p', { class: 'quiet small' }, t('report.pseudonyms')));
    const frame = h('iframe', { class: 'frame', title: t('page.report'), sandbox: '', on: { load: () => frame.removeAttribute('aria-busy') } });
    const state = h('div', { 'aria-live': 'polite' });
    const form = (): Record<string, string> => ({
      language: language.value, tlp: label.value, for: whom.value.trim(),
      ...(redacted.checked ? { kinds: kinds().join(',') || 'range', people: people.value.trim() } : { kinds: '', people: '' }),
    });
    const draw = (): void => {
      policy.hidden = !redacted.checked;
      note(form());
      frame.setAttribute('aria-busy', 'true');
      frame.src = to('/api/report', form());
    };
    for (const control of [language, label, whom, redacted, people, ...boxes.map(({ box }) => box)]) control.addEventListener('change', draw);
    const sign = (): void => {
      fill(state);
      const passes = { name: t('report.redacted'), tlp: label.value, kinds: kinds(), people: people.value.split(',').map((each) => each.trim()).filter((each) => each !== '') };
      begin({ kind: 'report', language: language.value, tlp: label.value, generated_for: whom.value.trim(), policy: redacted.checked ? passes : null }).then((job: Job) => {
        watch(job);
        follow(job.job, (told) => fill(state, h('p', null, progress(told)), told.status.state === 'done' ? h('p', null, t('report.written'), ' ', h('code', null, inert(String(told.status.result?.['folder'] ?? ''), 400)), ' \u00b7 ', t('report.root'), ' ', h('code', null, inert(String(told.status.result?.['root'] ?? ''), 80))) : null), signal);
      }, (error: unknown) => append(state, [failed(error)]));
    };
    fill(root, head(t('page.report'), t('report.note'), h('button', { type: 'button', class: 'primary', on: { click: sign } }, t('report.sign'))),
      h('div', { class: 'toolbar' }, language, label, whom, h('label', { class: 'check' }, redacted, t('report.redact'))), policy, state, frame);
    draw();
  },
};
