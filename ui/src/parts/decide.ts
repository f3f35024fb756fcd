/** What people decide: asked of the server, told to whoever shows it. */
import { getDecisions, post, type Decision, type Decisions } from '../api.ts';
import { append, fill, h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { inert } from '../text.ts';
import { minute } from '../time.ts';
import { announce } from './live.ts';
import { name, tag } from './marks.ts';
import { failed } from './states.ts';

const CHANGED = 'demarche:decided';
let last: Promise<Decisions> | null = null;

/** As the server has them; asked anew after every decision and run. */
export function decisions(anew = false): Promise<Decisions> {
  if (anew || last === null) {
    last = getDecisions();
    last.catch(() => (last = null));
  }
  return last;
}

/** Calls `work` at every decision, until the page is left. */
export function onDecision(work: () => void, signal?: AbortSignal): void {
  window.addEventListener(CHANGED, work, signal ? { signal } : {});
}

function told(answer: Decisions): void {
  last = Promise.resolve(answer);
  window.dispatchEvent(new Event(CHANGED));
  announce(t('decided'));
}

export async function decide(decision: Record<string, unknown> & { kind: string }): Promise<void> {
  told(await post<Decisions>('/decisions', decision));
}

export async function undo(number: number): Promise<void> {
  told(await post<Decisions>(`/decisions/${number}/undo`, {}));
}

/** The case was run again: tables know more decisions. */
export async function decidedAnew(): Promise<void> {
  await decisions(true);
  window.dispatchEvent(new Event(CHANGED));
}

/** A button that decides; what went wrong stands behind it. */
export function action(text: Child, work: () => Promise<unknown>, extra = ''): HTMLElement {
  const problem = h('span');
  const button = h('button', { type: 'button', class: extra, on: { click: () => {
    button.disabled = true;
    fill(problem);
    work().catch((error: unknown) => append(problem, [failed(error)])).finally(() => (button.disabled = false));
  } } }, text);
  return h('span', null, button, problem);
}

/** What a decision says, in a line. */
export function words(row: Decision): string {
  const text = (field: string): string => (typeof row.detail[field] === 'string' ? row.detail[field] : '');
  const parts = row.kind === 'note' ? [text('text')]
    : row.kind === 'mark' ? [text('hypothesis'), text('item'), name('mark', text('mark')), text('why')]
    : row.kind === 'undo' ? [`${t('decision')} ${row.subject}`]
    : row.kind === 'claim_edit' ? [Object.entries(row.detail).map(([field, value]) => `${field}: ${String(value)}`).join('; ')]
    : row.kind === 'evidence' ? [text('what'), text('grade')]
    : [text('name'), typeof row.detail['probability'] === 'number' ? String(row.detail['probability']) : '', text('why')];
  return parts.filter((part) => part !== '').join(' \u00b7 ');
}

/** Decisions that `belongs` picks, each with who, when, and a way back. */
export function history(belongs: (row: Decision) => boolean, signal: AbortSignal): HTMLElement {
  const box = h('div');
  const draw = (): void => {
    void decisions().then(({ decisions: all }) => {
      const own = all.filter((row) => row.holds && row.kind !== 'undo' && belongs(row));
      fill(box, own.length === 0 ? null : h('ul', { class: 'plain decided' }, own.map((row) => h('li', null,
        tag(name('decision', row.kind)), ' ', h('span', null, inert(words(row), 400)), ' ',
        h('span', { class: 'quiet small' }, `${inert(row.decided_by, 60)}, ${minute(row.decided_at)} UTC`), ' ',
        action(t('undo'), () => undo(row.number), 'bare')))));
    }, () => undefined);
  };
  draw();
  onDecision(draw, signal);
  return box;
}

/** Notes on one thing: those there are, and a place for another. */
export function notes(subject: string, signal: AbortSignal): HTMLElement {
  const text = h('textarea', { rows: 2, 'aria-label': t('note.text'), placeholder: t('note.text') });
  return h('section', { class: 'notes' },
    h('h3', null, t('notes')),
    history((row) => row.kind === 'note' && row.subject === subject, signal),
    h('details', null, h('summary', { class: 'small' }, t('note.add')), text,
      action(t('note.keep'), async () => {
        if (text.value.trim() === '') return text.focus();
        await decide({ kind: 'note', subject, text: text.value.trim() });
        text.value = '';
      })));
}
