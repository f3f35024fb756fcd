/** Pages by path; the whole state of a page is in its URL. */
import type { Key } from './i18n/index.ts';

export interface Context {
  /** What follows the page's own path: `m1:...` of `/messages/m1:...`. */
  rest: string;
  params: URLSearchParams;
  /** Aborted when the reader leaves the page. */
  signal: AbortSignal;
  /** Writes parameters into the URL without drawing the page anew; empty ones leave it. */
  note(values: Record<string, string | number | null | undefined>, push?: boolean): void;
}

export interface Page {
  title: Key;
  show(root: HTMLElement, context: Context): Promise<void> | void;
}

/** Draws what the URL names. */
export type Draw = (path: string, context: Context) => void;

let draw: Draw = () => undefined;
let leaving = new AbortController();

export function start(drawer: Draw): void {
  draw = drawer;
  window.addEventListener('popstate', () => render());
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const href = link.getAttribute('href') ?? '';
    if (!href.startsWith('/') || href.startsWith('/api/') || link.hasAttribute('download')) return;
    event.preventDefault();
    go(href);
  });
  render();
}

/** Opens a page. */
export function go(href: string): void {
  history.pushState(null, '', href);
  render();
}

/** Draws the present page again. */
export function render(): void {
  leaving.abort();
  leaving = new AbortController();
  const url = new URL(window.location.href);
  const params = url.searchParams;
  draw(url.pathname, {
    rest: '',
    params,
    signal: leaving.signal,
    note(values, push = false) {
      for (const [name, value] of Object.entries(values)) {
        if (value === null || value === undefined || value === '') params.delete(name);
        else params.set(name, String(value));
      }
      const query = params.toString();
      history[push ? 'pushState' : 'replaceState'](null, '', url.pathname + (query ? `?${query}` : ''));
    },
  });
}

/** `/path?a=b` without the empty ones. */
export function to(path: string, params: Record<string, string | number | null | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
