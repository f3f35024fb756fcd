/** The report as it would leave the house. */
import { fill, h } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { head } from '../parts/head.ts';
import type { Page } from '../router.ts';

export const page: Page = {
  title: 'page.report',
  show(root) {
    const frame = h('iframe', { class: 'frame', src: '/api/report', title: t('page.report'), sandbox: '', 'aria-busy': 'true', on: { load: () => frame.removeAttribute('aria-busy') } });
    fill(root, head(t('page.report'), t('report.note')), frame);
  },
};
