/** Long work: begun, followed by server-sent events, stopped. */
import { post, type Job } from '../api.ts';
import { h } from '../dom.ts';
import { bytes } from '../format.ts';
import { count } from '../format.ts';
import { t } from '../i18n/index.ts';
import { inert } from '../text.ts';
import { name } from './marks.ts';

const BYTES = new Set(['hash', 'read', 'deep']);

export function begin(work: Job['work']): Promise<Job> {
  return post('/jobs', work);
}

export function cancel(job: number): Promise<Job> {
  return post(`/jobs/${job}/cancel`, {});
}

/** Tells the job as it stands, and at every change, until it ends or `signal` says so. */
export function follow(job: number, tell: (job: Job) => void, signal?: AbortSignal): void {
  const source = new EventSource(`/api/jobs/${job}/events`);
  const close = (): void => source.close();
  signal?.addEventListener('abort', close);
  source.addEventListener('message', (event) => {
    const told = JSON.parse(String(event.data)) as Job;
    if (told.status.state !== 'running') close();
    tell(told);
  });
  // The browser would ask again for ever: a server that has gone says so on the next page.
  source.addEventListener('error', close);
}

/** A job in a line: what, how far, how it ended. */
export function progress(job: Job): HTMLElement {
  const { status } = job;
  const step = status.step === null ? t('step.begin') : name('step', status.step);
  const sized = status.step !== null && BYTES.has(status.step) ? bytes : count;
  const bar = status.total > 0
    ? h('progress', { max: status.total, value: Math.min(status.done, status.total), 'aria-label': step })
    : h('progress', { 'aria-label': step });
  return h('span', { class: 'job' },
    h('b', null, name('job', job.work.kind)), ' ',
    status.state === 'running'
      ? [step, ' ', bar, ' ', status.total > 0 ? h('span', { class: 'quiet small' }, `${sized(status.done)} / ${sized(status.total)}`) : null, ' ',
          h('button', { type: 'button', on: { click: () => void cancel(job.job).catch(() => undefined) } }, t('job.cancel'))]
      : [t(`job.state.${status.state}`), status.error ? h('span', { class: 'why' }, ' \u2013 ', inert(status.error, 300), status.hint ? ` (${inert(status.hint, 200)})` : '') : null]);
}
