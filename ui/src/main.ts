/** The workbench: one page for each question, all of them over `/api/`. */
import './style/base.css';
import './style/shell.css';
import './style/parts.css';
import './style/pages.css';

import { fill, h } from './dom.ts';
import { choose, t } from './i18n/index.ts';
import { head } from './parts/head.ts';
import { announce } from './parts/live.ts';
import { current, shell } from './parts/shell.ts';
import { empty, failed, skeleton } from './parts/states.ts';
import { applyTheme, followSystem } from './prefs.ts';
import { start, type Page } from './router.ts';

const PAGES: Record<string, () => Promise<{ page: Page }>> = {
  '': () => import('./pages/overview.ts'),
  timeline: () => import('./pages/timeline.ts'),
  campaigns: () => import('./pages/campaigns.ts'),
  people: () => import('./pages/people.ts'),
  accounts: () => import('./pages/accounts.ts'),
  hypotheses: () => import('./pages/hypotheses.ts'),
  claims: () => import('./pages/claims.ts'),
  findings: () => import('./pages/findings.ts'),
  hunt: () => import('./pages/hunt.ts'),
  decisions: () => import('./pages/decisions.ts'),
  search: () => import('./pages/search.ts'),
  messages: () => import('./pages/messages.ts'),
  evidence: () => import('./pages/evidence.ts'),
  tables: () => import('./pages/tables.ts'),
  custody: () => import('./pages/custody.ts'),
  report: () => import('./pages/report.ts'),
};

applyTheme();
followSystem();
choose();
const { main } = shell();
let first = true;

start((path, context) => {
  const [, name = '', ...rest] = path.split('/');
  const load = PAGES[name];
  current(path);
  if (!load) {
    fill(main, head(t('missing')), empty(t('missing.hint'), h('a', { href: '/' }, t('page.overview'))));
    return;
  }
  try {
    context.rest = decodeURIComponent(rest.join('/'));
  } catch {
    context.rest = rest.join('/');
  }
  main.setAttribute('aria-busy', 'true');
  fill(main, skeleton(8));
  void load()
    .then(async ({ page }) => {
      if (context.signal.aborted) return;
      document.title = `${t(page.title)} \u2013 demarche`;
      fill(main);
      await page.show(main, context);
      announce(t(page.title));
    })
    .catch((error: unknown) => {
      if (!context.signal.aborted) fill(main, failed(error));
    })
    .finally(() => {
      if (context.signal.aborted) return;
      main.removeAttribute('aria-busy');
      window.scrollTo(0, 0);
      // After a move the reader stands at the page's title; at the very start, at the top.
      if (!first) main.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
      first = false;
    });
});
