/** New knowledge over what the case holds: rules, signatures, indicators; runs and what each
 *  found. */
import { getHunt, getHunts, type Hunted, type Job } from '../api.ts';
import { append, fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Row } from '../model.ts';
import { watch } from '../parts/banner.ts';
import { cell } from '../parts/cells.ts';
import { head } from '../parts/head.ts';
import { begin, follow, progress } from '../parts/jobs.ts';
import { name, tag } from '../parts/marks.ts';
import { empty, failed, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { minute } from '../time.ts';

export const page: Page = {
  title: 'page.hunt',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.hunt'), t('hunt.note'), h('a', { class: 'button', href: '/findings' }, t('page.findings'))), box);
    const run = context.params.get('run');
    await loading(box, context.signal, async () => (run ? found(await getHunt(run, context.signal)) : view(await getHunts(context.signal), context)));
  },
};

/** Paths in a text, one a line. */
function lines(area: HTMLTextAreaElement): string[] {
  return area.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function view(hunts: readonly Hunted[], { signal }: Context): Child {
  const field = (label: string, hint: string): [HTMLElement, HTMLTextAreaElement] => {
    const area = h('textarea', { rows: 2, spellcheck: 'false', class: 'mono', placeholder: hint });
    return [h('label', { class: 'field' }, h('b', null, label), area), area];
  };
  const [rulesBox, rules] = field(t('hunt.rules'), 'rules/\n/srv/sigma/cloud');
  const [yaraBox, yara] = field(t('hunt.yara'), '/srv/yara/lures.yar');
  const [listBox, lists] = field(t('hunt.indicators'), '/srv/lists/partner.csv');
  const state = h('div', { 'aria-live': 'polite' });
  const begun = (job: Job): void => {
    watch(job);
    follow(job.job, (told) => fill(state, h('p', null, progress(told)), told.status.state === 'done' ? ended(told) : null), signal);
  };
  const form = h('form', { class: 'hunt', on: { submit: (event) => {
    event.preventDefault();
    fill(state);
    begin({ kind: 'hunt', rules: lines(rules), yara: lines(yara), indicators: lines(lists) }).then(begun, (error: unknown) => append(state, [failed(error)]));
  } } },
    h('div', { class: 'three' }, rulesBox, yaraBox, listBox),
    h('p', { class: 'quiet small' }, t('hunt.paths')),
    h('div', { class: 'toolbar' }, h('button', { class: 'primary' }, t('hunt.start')), h('span', { class: 'quiet small' }, t('hunt.plain'))));
  return [form, state, h('h2', null, t('hunt.runs')), runs(hunts)];
}

function ended(job: Job): Child {
  const result = job.status.result ?? {};
  const problems = Array.isArray(result['problems']) ? result['problems'].map(String) : [];
  const unusable = Object.entries((result['unusable'] ?? {}) as Record<string, string[]>);
  return [
    h('p', null, t('hunt.found', { findings: count(Number(result['findings'] ?? 0)), rules: count(Number(result['rules'] ?? 0)), signatures: count(Number(result['signatures'] ?? 0)), indicators: count(Number(result['indicators'] ?? 0)) }), ' ',
      h('a', { href: to('/hunt', { run: String(result['run'] ?? '') }) }, t('hunt.open'))),
    problems.length > 0 ? h('ul', { class: 'small' }, problems.map((text) => h('li', null, inert(text, 300)))) : null,
    unusable.length > 0 ? h('details', null, h('summary', { class: 'small' }, t('hunt.unusable')), h('ul', { class: 'small' }, unusable.slice(0, 60).map(([why, names]) => h('li', null, inert(why, 200), ': ', inert(names.join(', '), 400))))) : null,
  ];
}

function runs(hunts: readonly Hunted[]): Child {
  if (hunts.length === 0) return empty(t('hunt.none'), t('hunt.none.hint'));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('hunt.runs') }, h('table', null,
    h('thead', null, h('tr', null, [t('when'), t('run'), t('hunt.files')].map((text) => h('th', { scope: 'col' }, text)), h('th', { scope: 'col', class: 'r' }, t('page.findings')), h('th', { scope: 'col' }, t('state')))),
    h('tbody', null, hunts.map((hunt) => h('tr', null,
      h('td', { class: 'cell-date' }, minute(hunt.time)),
      h('th', { scope: 'row', class: 'mono' }, hunt.holds ? h('a', { href: to('/hunt', { run: hunt.run }) }, hunt.run.slice(0, 14)) : hunt.run.slice(0, 14)),
      h('td', null, inert(named(hunt.files), 300) || t('hunt.shipped')),
      h('td', { class: 'r' }, count(hunt.findings)),
      h('td', null, hunt.holds ? t('hunt.holds') : h('span', { class: 'quiet' }, t('hunt.replaced'))))))));
}

/** Names of files as a hunt's entry in the custody log has them: `rules/a.yml sha256:...`. */
function named(files: unknown): string {
  return Array.isArray(files) ? files.map((file) => String(file).replace(/ sha256:[0-9a-f]+$/, '')).join(', ') : '';
}

function found({ run, total, rows }: { run: string; total: number; rows: Row[] }): Child {
  const text = (row: Row, column: string): string => String(row[column] ?? '');
  return [
    h('p', null, h('a', { href: '/hunt' }, t('back')), ' \u00b7 ', h('code', null, inert(run, 60)), ' \u00b7 ', tn('n.rows', total)),
    rows.length === 0 ? empty(t('rows.none'), t('hunt.nothing')) : h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page.findings') }, h('table', null,
      h('thead', null, h('tr', null, [t('severity'), t('rule'), t('when'), t('subjects'), t('evidence')].map((each) => h('th', { scope: 'col' }, each)))),
      h('tbody', null, rows.map((row) => h('tr', null,
        h('td', null, tag(name('severity', text(row, 'severity')), `sev-${text(row, 'severity')}`)),
        h('th', { scope: 'row' }, inert(text(row, 'title') || text(row, 'rule'), 160), h('div', { class: 'quiet small mono' }, inert(text(row, 'rule'), 80))),
        h('td', { class: 'cell-date' }, minute(text(row, 'time'))), h('td', null, cell('account', '', row['subject'])), h('td', null, cell('evidence', '', row['evidence']))))))),
    total > rows.length ? h('p', { class: 'quiet small' }, t('n_of', { n: rows.length, all: count(total) })) : null,
  ];
}
