/** Marks that pages share: probabilities, weights, people, evidence, sentences, tags. */
import { h, join, type Child } from '../dom.ts';
import { factor, percent, term } from '../format.ts';
import { known, t, tn } from '../i18n/index.ts';
import type { EvidenceRef, ExposureState, Intrusion, Statement } from '../model.ts';
import { to } from '../router.ts';
import { inert, pieces } from '../text.ts';
import type { Case } from './case.ts';

/** Word, number and bar together; the prior as a tick and in words. */
export function probability(p: number, prior?: number, word?: string): HTMLElement {
  const bar = h('span', { class: 'meter', 'aria-hidden': 'true' }, h('i', { css: { width: `${(p * 100).toFixed(1)}%` } }));
  if (prior !== undefined) bar.append(h('b', { css: { left: `${(prior * 100).toFixed(1)}%` } }));
  return h('span', { class: 'prob' },
    h('span', { class: 'word' }, word ?? t(term(p))), ' ', h('span', null, percent(p)), bar,
    prior === undefined ? null : h('span', { class: 'prior' }, t('prior', { p: percent(prior) })));
}

/** A weight as a factor on the odds, with a bar beside it. */
export function weight(nats: number, largest: number): HTMLElement {
  if (Math.abs(nats) < 1e-6) return h('span', { class: 'quiet small' }, t('weight.none'));
  const share = largest > 0 ? Math.min(100, (Math.abs(nats) / largest) * 100) : 0;
  return h('span', { class: 'weight', title: t('nats', { n: nats.toFixed(2) }) },
    h('span', null, factor(nats)), h('span', { class: 'meter', 'aria-hidden': 'true' }, h('i', { css: { width: `${share.toFixed(1)}%` } })));
}

/** Where cited bytes are shown. */
export function evidenceHref(place: EvidenceRef): string {
  return to('/evidence', {
    source: place.source, path: place.path, offset: place.offset, length: place.length, sha256: place.sha256,
  });
}

/** `mail/a.mbox @ 1,204` */
export function place(ref: EvidenceRef): string {
  const row = ref.locator?.row;
  return `${inert(ref.path, 120)} ${row === null || row === undefined ? `@ ${ref.offset}` : `· ${t('row_n', { n: row + 1 })}`}`;
}

/** A button with the number of references, which opens the list of them. */
export function evidence(refs: readonly EvidenceRef[], most = 50): HTMLElement {
  if (refs.length === 0) return h('span', { class: 'quiet small', title: t('evidence.none') }, h('span', { 'aria-hidden': 'true' }, '\u2013'), h('span', { class: 'hide' }, t('evidence.none')));
  if (refs.length === 1 && refs[0]) {
    return h('span', { class: 'small nowrap' }, h('a', { href: evidenceHref(refs[0]), title: place(refs[0]) }, t('evidence.one')));
  }
  const list = h('ul', null);
  const box = h('details', { class: 'ev', on: {
    toggle: () => {
      if (box.open && list.childElementCount === 0) {
        list.append(...refs.slice(0, most).map((ref) => h('li', null, h('a', { href: evidenceHref(ref) }, place(ref)))));
        if (refs.length > most) list.append(h('li', { class: 'quiet' }, t('n_of', { n: most, all: refs.length })));
      }
    },
    keydown: (event) => {
      if (event.key === 'Escape' && box.open) {
        box.open = false;
        box.querySelector('summary')?.focus();
        event.stopPropagation();
      }
    },
  } }, h('summary', null, tn('evidence.n', refs.length)), list);
  return box;
}

/** A mailbox or number, blurred until asked for; with its name where there is one. */
export function person(all: Case, mailbox: string, link = true): HTMLElement {
  const name = all.person(mailbox)?.name;
  const shown = h('span', { class: 'p id', title: inert(mailbox, 200) }, name ? inert(name, 60) : inert(mailbox, 80));
  return link ? h('a', { href: to('/people', { who: mailbox }) }, shown) : shown;
}

/** Text in which people are blurred. */
export function blurred(text: string, people: readonly string[]): Child[] {
  return pieces(text, people).map((part) => (part.person ? h('span', { class: 'p' }, part.text) : part.text));
}

/** A sentence of the report with its evidence beside it. The text is the report's: English. */
export function sentence(statement: Statement): HTMLElement {
  return h('div', { class: 'st' },
    h('p', { lang: 'en', title: statement.derivation }, blurred(statement.text, statement.people)),
    evidence(statement.evidence));
}

export function tag(text: string, extra = ''): HTMLElement {
  return h('span', { class: `tag ${extra}` }, text);
}

export function status(row: Pick<Intrusion, 'status'>): HTMLElement {
  return tag(t(`status.${row.status}`), row.status === 'active' ? 'live' : '');
}

/** A state with its sign: never told by colour alone. */
export function exposure(state: ExposureState): HTMLElement {
  return h('span', { class: `nowrap state-${state}` }, t(`exposure.${state}`));
}

/** A word for a value of the data, where we have one. */
export function name(kind: string, value: string): string {
  const key = `${kind}.${value}`;
  return known(key) ? t(key) : inert(value.replaceAll('_', ' '), 60);
}

/** `W1`, `C1` or `I1`, leading to the row. */
export function label(all: Case, id: string): HTMLElement {
  const text = all.label(id);
  const href = id.startsWith('w') ? to('/campaigns', { wave: text })
    : id.startsWith('k') ? to('/campaigns', { campaign: text }) : to('/accounts', { intrusion: text });
  return text.includes('?') ? h('span', { title: id }, text) : h('a', { href, title: id }, text);
}

export function labels(all: Case, ids: readonly string[], most = 12): Child[] {
  const shown = join(ids.slice(0, most).map((id) => label(all, id)), ', ');
  return ids.length > most ? [...shown, ` ${t('and_more', { n: ids.length - most })}`] : shown;
}

/** ATT&CK ids as the report writes them. */
export function techniques(ids: readonly string[]): Child {
  return ids.length === 0 ? null : h('span', { class: 'tags' }, ids.map((id) => tag(inert(id, 20))));
}

/** Pairs of a word and what it holds. */
export function facts(...pairs: ([string, Child] | null | false)[]): HTMLElement {
  return h('dl', { class: 'facts' }, pairs.map((pair) => pair && [h('dt', null, pair[0]), h('dd', null, pair[1])]));
}
