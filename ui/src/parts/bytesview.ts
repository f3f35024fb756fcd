/** Evidence bytes on the page: text or hex, the cited range marked. */
import { getEvidence, type Excerpt } from '../api.ts';
import { decode, hex, parts, text } from '../bytes.ts';
import { h, type Child } from '../dom.ts';
import { bytes as size, count } from '../format.ts';
import { t } from '../i18n/index.ts';
import type { EvidenceRef } from '../model.ts';
import { inertLines } from '../text.ts';
import { loading } from './states.ts';

/** Bytes drawn at once: a page of a million lines serves nobody. */
const DRAWN = 64 << 10;

export type How = 'text' | 'hex';

export interface View {
  how: How;
  around: number;
  changed?: (how: How, around: number) => void;
}

/** Asks for the bytes and shows them, with the choice of how. */
export function bytesView(place: EvidenceRef, view: View, signal: AbortSignal): HTMLElement {
  const box = h('div');
  const show = (): void => void loading(box, signal, async () => {
    const found = await getEvidence(place, view.around, signal);
    return drawn(found, place);
  }, 5);
  const drawn = (found: Excerpt, of: EvidenceRef): Child => {
    const all = decode(found.bytes);
    const most = Math.min(all.length, Math.max(DRAWN, of.offset - found.from + 4096));
    const bytes = all.subarray(0, most);
    const body = h('div', { class: view.how === 'text' ? 'bytes wrap' : 'bytes', tabindex: 0, role: 'region', 'aria-label': t('bytes') },
      view.how === 'text' ? asText(bytes, found.from, of) : asHex(bytes, found.from, of));
    // The cited range, not what lies before it, is what one came to see.
    requestAnimationFrame(() => {
      const mark = body.querySelector('mark');
      if (mark) body.scrollTop = Math.max(0, mark.getBoundingClientRect().top - body.getBoundingClientRect().top - 60);
    });
    return [
      h('p', { class: 'small' },
        found.holds === true ? h('span', { class: 'chain' }, t('bytes.holds')) : found.holds === false ? h('span', { class: 'chain broken' }, t('bytes.broken')) : h('span', { class: 'quiet' }, t('bytes.unchecked'))),
      body,
      most < all.length ? h('p', { class: 'quiet small' }, t('bytes.cut', { n: size(most), all: size(all.length) })) : null,
    ];
  };
  const turn = (how: How): HTMLElement => h('button', { type: 'button', 'aria-pressed': String(view.how === how), on: { click: (event) => {
    view.how = how;
    for (const button of (event.target as Element).parentElement?.querySelectorAll('button') ?? []) button.setAttribute('aria-pressed', String(button === event.target));
    view.changed?.(view.how, view.around);
    show();
  } } }, t(`bytes.${how}`));
  const around = h('select', { 'aria-label': t('bytes.around'), on: { change: () => {
    view.around = Number(around.value);
    view.changed?.(view.how, view.around);
    show();
  } } }, [0, 512, 4096, 65536].map((n) => h('option', { value: n, selected: n === view.around }, t('bytes.around_n', { n: count(n) }))));
  show();
  return h('div', null, h('div', { class: 'toolbar' }, h('span', { class: 'seg' }, turn('text'), turn('hex')), around), box);
}

function asText(bytes: Uint8Array, from: number, of: EvidenceRef): Child {
  return parts(bytes, from, of.offset, of.length).map((part) => {
    const shown = inertLines(text(part.bytes));
    return part.cited ? h('mark', null, shown) : h('span', { class: 'quiet' }, shown);
  });
}

function asHex(bytes: Uint8Array, from: number, of: EvidenceRef): Child {
  const box = document.createDocumentFragment();
  for (const line of hex(bytes, from, of.offset, of.length)) {
    const runs = (of: { cited: boolean; text: string }[]): Child => of.map((run) => (run.cited ? h('mark', null, run.text) : run.text));
    box.append(h('span', { class: 'o' }, line.offset, '  '));
    const rest = h('span', null, runs(line.hex), ' ', runs(line.ascii));
    box.append(rest, '\n');
  }
  return box;
}
