/** Above every page: decisions that the tables do not know yet, and work that runs. */
import { getJobs, renew, type Job } from '../api.ts';
import { fill, h } from '../dom.ts';
import { t, tn } from '../i18n/index.ts';
import { render } from '../router.ts';
import { action, decidedAnew, decisions, onDecision } from './decide.ts';
import { begin, follow, progress } from './jobs.ts';
import { announce } from './live.ts';

/** Work after which pages show other rows. */
const CHANGES = new Set(['hunt', 'analyse', 'restate']);
let job: Job | null = null;
let heard = false;
const boxes = new Set<HTMLElement>();

/** The banner; it outlives pages. */
export function banner(): HTMLElement {
  const box = h('div', { class: 'banner', role: 'region', 'aria-label': t('banner'), hidden: true });
  boxes.clear();
  boxes.add(box);
  draw();
  if (!heard) {
    heard = true;
    onDecision(draw);
    void getJobs().then((all) => {
      const running = all.find((each) => each.status.state === 'running');
      if (running) watch(running);
    }, () => undefined);
  }
  return box;
}

/** Follows a job above every page; when it changed the case, the page is drawn anew. */
export function watch(begun: Job): void {
  job = begun;
  draw();
  follow(begun.job, (told) => {
    const ended = told.status.state !== 'running';
    // Work that only makes pages quick is nobody's concern once it is done.
    job = ended && told.work.kind === 'prepare' ? null : told;
    draw();
    if (!ended) return;
    announce(t(`job.state.${told.status.state}`));
    if (told.status.state === 'done' && CHANGES.has(told.work.kind)) {
      renew();
      void decidedAnew().catch(() => undefined);
      render();
    }
  });
}

/** Runs again what decisions ask for. */
async function again(analysis: boolean): Promise<void> {
  watch(await begin({ kind: analysis ? 'analyse' : 'restate' }));
}

function draw(): void {
  void decisions().then(({ pending }) => {
    for (const box of boxes) {
      const waits = pending.decisions > 0 || pending.analysis;
      const running = job?.status.state === 'running';
      box.hidden = !waits && job === null;
      fill(box,
        job ? h('div', { class: 'line' }, progress(job), running ? null : h('button', { type: 'button', class: 'bare', 'aria-label': t('close'), on: { click: () => { job = null; draw(); } } }, '\u00d7')) : null,
        waits && !running ? h('div', { class: 'line' },
          h('span', null, tn('pending', Math.max(pending.decisions, 1)), ' ', h('a', { href: '/decisions' }, t('pending.see'))),
          action(pending.analysis ? t('rerun.analysis') : t('rerun.restate'), () => again(pending.analysis), 'primary'),
          pending.analysis && !pending.repeatable ? h('span', { class: 'quiet small' }, t('rerun.unknown')) : null) : null);
    }
  }, () => undefined);
}
