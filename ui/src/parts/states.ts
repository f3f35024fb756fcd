/** What stands where content is not: loading, nothing, failure. */
import { ApiError } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { inert } from '../text.ts';
import { announce } from './live.ts';

export function skeleton(lines = 6): HTMLElement {
  return h('div', { class: 'skeleton', 'aria-hidden': 'true' }, Array.from({ length: lines }, () => h('i')));
}

/** Nothing to show, and what to do next. */
export function empty(what: string, next?: Child): HTMLElement {
  return h('div', { class: 'empty' }, h('b', null, what), next ? h('span', { class: 'quiet' }, next) : null);
}

/** What happened, to what, and what to do. */
export function failed(error: unknown, again?: () => void): HTMLElement {
  const [what, hint] =
    error instanceof ApiError
      ? error.status === 0
        ? [t('error.offline'), t('error.offline.hint')]
        : error.status === 401
          ? [t('error.session'), t('error.session.hint')]
          : [error.message, error.hint]
      : [t('error.defect'), error instanceof Error ? error.message : String(error)];
  return h('div', { class: 'failed', role: 'alert' },
    h('b', null, t('error')), h('pre', null, inert(what, 2000)), hint ? h('p', { class: 'quiet' }, inert(hint, 600)) : null,
    again ? h('button', { type: 'button', on: { click: again } }, t('again')) : null);
}

/** Fills `box` with what `work` makes: a skeleton meanwhile, the error where it fails. */
export async function loading(box: HTMLElement, signal: AbortSignal, work: () => Promise<Child>, lines = 6): Promise<void> {
  if (box.childElementCount === 0) fill(box, skeleton(lines));
  else box.classList.add('stale');
  box.setAttribute('aria-busy', 'true');
  try {
    const made = await work();
    if (!signal.aborted) fill(box, made);
  } catch (error) {
    if (!signal.aborted) {
      fill(box, failed(error, () => void loading(box, signal, work, lines)));
      announce(t('error'));
    }
  } finally {
    box.classList.remove('stale');
    box.removeAttribute('aria-busy');
  }
}
