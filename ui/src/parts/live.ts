/** What is said to those who hear the page. */
import { h } from '../dom.ts';

const region = h('div', { class: 'hide', 'aria-live': 'polite', role: 'status' });

export function liveRegion(): HTMLElement {
  return region;
}

export function announce(text: string): void {
  region.textContent = text;
}
