/** The few helpers that pages are built with. Text is always a text node: nothing here, and
 *  nothing that uses it, parses markup. */

export type Child = Node | string | number | null | undefined | false | Child[];

export interface Attrs {
  class?: string;
  /** Styles through the CSSOM: the policy forbids `style="..."`. */
  css?: Record<string, string>;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  [name: string]: unknown;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs?: Attrs | null,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (attrs) apply(node, attrs);
  append(node, children);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attrs?: Attrs | null, ...children: Child[]): SVGElement {
  const node = document.createElementNS(SVG, tag);
  if (attrs) apply(node, attrs);
  append(node, children);
  return node;
}

/** Links lead into these pages only: a URL from the evidence must never become one. */
export function ours(href: string): boolean {
  return /^\/(?![/\\])/.test(href) || href.startsWith('#');
}

function apply(node: HTMLElement | SVGElement, attrs: Attrs): void {
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'css') {
      for (const [key, style] of Object.entries(value as Record<string, string>)) {
        node.style.setProperty(key, style);
      }
    } else if (name === 'on') {
      for (const [type, listen] of Object.entries(value as Record<string, EventListener>)) {
        node.addEventListener(type, listen);
      }
    } else if (name === 'value' && 'value' in node) {
      (node as HTMLInputElement).value = String(value);
    } else if (name === 'checked' && 'checked' in node) {
      (node as HTMLInputElement).checked = value === true;
    } else {
      if (name.startsWith('on') || name === 'style' || name === 'srcdoc') {
        throw new Error(`attribute ${name} is not for pages`);
      }
      if ((name === 'href' || name === 'src') && !ours(String(value))) {
        throw new Error(`${name} must stay on this server`);
      }
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
}

export function append(node: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(node, child);
    else node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces all that stands in `node`. */
export function fill(node: Element, ...children: Child[]): void {
  node.replaceChildren();
  append(node, children);
}

/** `items` with `between` put between them. */
export function join(items: Child[], between: string): Child[] {
  return items.flatMap((item, at) => (at === 0 ? [item] : [between, item]));
}

/** Runs `work` when calls have paused for `wait` milliseconds. */
export function debounce<A extends unknown[]>(work: (...args: A) => void, wait: number): (...args: A) => void {
  let timer = 0;
  return (...args) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => work(...args), wait);
  };
}
