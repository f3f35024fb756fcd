/** Colours of the page for pictures on a canvas. */

export interface Colours {
  paper: string; ink: string; soft: string; line: string; edge: string; hatch: string; wave: string; now: string; covered: string; wash: string;
  kind(name: string): string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: value('paper'), ink: value('ink'), soft: value('soft'), line: value('line'), edge: value('edge'), hatch: value('hatch'),
    wave: value('wave'), now: value('now'), covered: value('covered'), wash: value('wash'),
    kind: (name) => value(name) || value('other'),
  };
}

/** `#rrggbb` with an alpha, as a colour that canvas and WebGL read. */
export function faded(hex: string, alpha: number): string {
  const n = Number.parseInt(hex.slice(1).length === 3 ? [...hex.slice(1)].map((c) => c + c).join('') : hex.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha.toFixed(3)})`;
}

/** Lightness is probability: two colours mixed without alpha, for WebGL nodes. */
export function mixed(paper: string, ink: string, share: number): string {
  const part = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  const long = (hex: string): string => (hex.length === 4 ? `#${[...hex.slice(1)].map((c) => c + c).join('')}` : hex);
  const [a, b] = [long(paper), long(ink)];
  return `#${[1, 3, 5].map((at) => Math.round(part(a, at) + (part(b, at) - part(a, at)) * share).toString(16).padStart(2, '0')).join('')}`;
}

/** Runs `redraw` when the theme changes, until `signal` says the page is left. */
export function onTheme(redraw: () => void, signal: AbortSignal): void {
  window.addEventListener('demarche:theme', redraw, { signal });
}
