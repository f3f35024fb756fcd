/** What speaks for and what speaks against, side by side in the same size. */
import { h, type Child } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { EvidenceRef } from '../model.ts';
import { inert } from '../text.ts';
import { relabelled, type Case } from './case.ts';
import { evidence, weight } from './marks.ts';

export interface Weighed {
  what: Child;
  nats: number;
  evidence: readonly EvidenceRef[];
}

export function sides(items: readonly Weighed[]): HTMLElement {
  const largest = items.reduce((most, item) => Math.max(most, Math.abs(item.nats)), 0);
  const side = (title: string, own: Weighed[], extra: string): HTMLElement =>
    h('section', { class: extra },
      h('h4', null, title),
      own.length === 0
        ? h('p', { class: 'quiet small' }, t('sides.none'))
        : h('ul', null, own.map((item) => h('li', null, h('span', null, item.what), weight(item.nats, largest), evidence(item.evidence)))));
  return h('div', { class: 'sides' },
    side(t('sides.for'), items.filter((item) => item.nats >= 0), 'pro'),
    side(t('sides.against'), items.filter((item) => item.nats < 0), 'con'));
}

/** A feature in words: its detail, its name where there is none. */
export function feature(all: Case, row: { name: string; detail: string }): string {
  return row.detail ? inert(relabelled(all, row.detail), 500) : inert(row.name.replaceAll('_', ' '), 80);
}
