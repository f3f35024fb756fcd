/** The head of a page: its title, a word on it, its tools. */
import { h, type Child } from '../dom.ts';

export function head(title: Child, note?: Child, ...tools: Child[]): HTMLElement {
  return h('header', { class: 'head' },
    h('h1', { tabindex: -1 }, title),
    note ? h('span', { class: 'quiet' }, note) : null,
    tools.length > 0 ? h('div', { class: 'tools' }, tools) : null);
}
