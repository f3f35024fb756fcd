/** One intrusion's interval: sure, uncertain, blind, censored. */
import { svg } from '../dom.ts';
import { t } from '../i18n/index.ts';
import type { Intrusion } from '../model.ts';
import { day, minute, ms } from '../time.ts';
import { hue } from './lanes.ts';

const [LEFT, RIGHT, TOP, HIGH] = [24, 776, 8, 14];
let drawn = 0;

export function interval(row: Intrusion): SVGElement | null {
  const [first, last] = [ms(row.first_access), ms(row.last_access)];
  if (Number.isNaN(first) || Number.isNaN(last)) return null;
  const low = Math.min(first, ...row.first_access_bounds.map(ms));
  const high = Math.max(last, ...row.last_access_bounds.map(ms), low + 60_000);
  const x = (at: number): number => LEFT + ((Math.min(Math.max(at, low), high) - low) / (high - low)) * (RIGHT - LEFT);
  drawn += 1;
  const id = `interval-${drawn}`;
  const colour = `var(--${hue(row)})`;
  const rect = (a: number, b: number, fill: string, extra = {}): SVGElement => svg('rect', { x: a, y: TOP, width: Math.max(b - a, 1), height: HIGH, fill, ...extra });
  const fade = (name: string, from: number, to: number): SVGElement => svg('linearGradient', { id: `${id}-${name}` },
    svg('stop', { offset: 0, 'stop-opacity': from, css: { 'stop-color': colour } }), svg('stop', { offset: 1, 'stop-opacity': to, css: { 'stop-color': colour } }));
  const bracket = (at: number, turn: number): SVGElement => svg('path', { d: `M${at + 5 * turn} ${TOP - 3}h${-5 * turn}v${HIGH + 6}h${5 * turn}`, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8 });
  return svg('svg', { class: 'interval', viewBox: '0 0 800 44', preserveAspectRatio: 'none', role: 'img', 'aria-label': t('interval.alt', { from: minute(row.first_access), to: minute(row.last_access) }) },
    svg('defs', null, fade('in', 0, 0.7), fade('out', 0.7, 0),
      svg('pattern', { id: `${id}-hatch`, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, svg('line', { x1: 0, x2: 0, y1: 0, y2: 5, 'stroke-width': 1.6, css: { stroke: 'var(--hatch)' } }))),
    first > low ? rect(x(low), x(first), `url(#${id}-in)`) : null,
    last < high ? rect(x(last), x(high), `url(#${id}-out)`) : null,
    rect(x(first), x(last), colour, { css: { fill: colour }, 'fill-opacity': (0.25 + 0.75 * row.probability).toFixed(2) }),
    row.gaps.map((gap) => [rect(x(ms(gap.from)), x(ms(gap.to)), 'none', { css: { fill: 'var(--paper)' } }), rect(x(ms(gap.from)), x(ms(gap.to)), `url(#${id}-hatch)`)]),
    row.start_censored ? bracket(x(low) - 6, -1) : null,
    row.end_censored && row.status !== 'active' ? bracket(x(high) + 6, 1) : null,
    row.status === 'active' ? svg('path', { d: `M${x(high) + 2} ${TOP - 2}l12 9l-12 9z`, css: { fill: 'var(--now)' } }) : null,
    svg('text', { x: LEFT, y: 38 }, day(new Date(low).toISOString())), svg('text', { x: RIGHT, y: 38, 'text-anchor': 'end' }, day(new Date(high).toISOString())));
}
