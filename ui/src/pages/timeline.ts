/** Fourteen years to one minute: counts, waves, intrusions, claims and coverage over one
 *  window, which the URL holds. */
import { getTimeline, type Timeline } from '../api.ts';
import { debounce, fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t } from '../i18n/index.ts';
import { getCase, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { binAt, extent, TIME_OF, type Bin } from '../parts/lanes.ts';
import { announce } from '../parts/live.ts';
import { name } from '../parts/marks.ts';
import { empty, failed, loading } from '../parts/states.ts';
import { inWindow, labelColumn, legend, table } from '../parts/timewords.ts';
import { sheet } from '../parts/timesheet.ts';
import { onTheme } from '../parts/theme.ts';
import { go, to, type Context, type Page } from '../router.ts';
import { binEnd, DAY, HOUR, hold, MINUTE, minute, ms, rfc, unitFor, YEAR, zoom, type Unit } from '../time.ts';

export const page: Page = {
  title: 'page.timeline',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.timeline'), t('timeline.note')), box);
    await loading(box, context.signal, async () => {
      const [all, whole] = await Promise.all([getCase(), getTimeline(new URLSearchParams({ unit: 'week' }), context.signal)]);
      return view(all, whole, context);
    }, 12);
  },
};

const PRESETS: [string, number][] = [['5 y', 5 * YEAR], ['1 y', YEAR], ['3 mo', 91 * DAY], ['1 w', 7 * DAY], ['1 d', DAY], ['1 h', HOUR]];

async function view(all: Case, whole: Timeline, context: Context): Promise<Child> {
  const range = extent(all.report, whole.counts, 'week');
  if (!range) return empty(t('timeline.none'), t('rows.none.hint'));
  const [low, high] = range;
  const { params, note, signal } = context;
  const of = sheet(all.report, whole.counts, whole.claims ?? [], range);
  let win = hold(Number.isNaN(ms(params.get('from'))) ? low : ms(params.get('from')), Number.isNaN(ms(params.get('to'))) ? high : ms(params.get('to')), low, high);
  let unit: Unit = 'week';
  let lanes: Record<string, readonly Bin[]> = whole.counts;

  const { timechart } = await import('../parts/timechart.ts');
  const canvas = h('div', { class: 'chart', tabindex: 0, role: 'group', 'aria-label': t('timeline.alt'), 'aria-describedby': 'time-keys', css: { height: `${of.rowsTop + of.rowsHeight}px` } });
  const cross = h('div', { class: 'cross', hidden: true });
  const brush = h('div', { class: 'brush', hidden: true });
  const readout = h('p', { class: 'readout', 'aria-hidden': 'true' });
  const stage = h('div', { class: 'stage' }, canvas, cross, brush);
  const below = h('div', { class: 'in-window' });
  const words = h('div', { hidden: params.get('view') !== 'table' });
  const figure = h('div', { class: 'time', hidden: params.get('view') === 'table' }, labelColumn(all, of), stage);
  const told = h('span', { class: 'nowrap' });
  const problem = h('div');

  const chart = timechart(canvas, of, { lanes: whole.counts, unit: 'week' }, {
    moved: (from, to) => settle([from, to], false),
    opened: (id) => go(id.startsWith('w') ? to('/campaigns', { wave: all.label(id) }) : id.startsWith('claim:') ? to('/claims', { claim: id.slice(6) }) : to('/accounts', { intrusion: all.label(id) })),
  });
  signal.addEventListener('abort', () => chart.dispose());
  const sized = new ResizeObserver(() => chart.resize());
  sized.observe(canvas);
  signal.addEventListener('abort', () => sized.disconnect());
  onTheme(() => chart.redraw(), signal);

  let asking = new AbortController();
  const refine = async (push: boolean): Promise<void> => {
    const full = win[0] === low && win[1] === high;
    note({ from: full ? '' : rfc(win[0]), to: full ? '' : rfc(win[1]) }, push);
    asking.abort();
    asking = new AbortController();
    const wanted = unitFor(win[1] - win[0]);
    // A bin more on each side, so that a small move has something to show at once.
    const room = (win[1] - win[0]) / 4;
    try {
      const found = await getTimeline(new URLSearchParams({ from: rfc(win[0] - room), to: rfc(win[1] + room), unit: wanted, counts_only: 'true' }), asking.signal);
      if (signal.aborted) return;
      unit = wanted;
      lanes = found.counts;
      chart.counts(lanes, unit);
      fill(problem);
      fill(below, inWindow(lanes, unit, win));
      fill(words, table(all, of, lanes, unit, win));
      announce(`${minute(rfc(win[0]))} \u2013 ${minute(rfc(win[1]))} UTC`);
    } catch (error) {
      if (!asking.signal.aborted && !signal.aborted) fill(problem, failed(error, () => void refine(false)));
    }
  };
  const later = debounce((push: boolean) => void refine(push), 60);
  const settle = (next: [number, number], tell = true, push = false): void => {
    win = hold(next[0], next[1], low, high);
    if (tell) chart.window(...win);
    fill(told, minute(rfc(win[0])), ' \u2013 ', minute(rfc(win[1])), ' UTC \u00b7 ', t('per', { unit: t(`unit.${unitFor(win[1] - win[0])}`) }));
    later(push);
  };
  const middle = (): number => (win[0] + win[1]) / 2;
  const around = (width: number): void => settle([middle() - width / 2, middle() + width / 2], true, true);

  canvas.addEventListener('keydown', (event) => {
    const step = (win[1] - win[0]) / 5;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [win[0] - step, win[1] - step], ArrowRight: [win[0] + step, win[1] + step], '+': zoom(...win, middle(), 0.5), '=': zoom(...win, middle(), 0.5), '-': zoom(...win, middle(), 2), '0': [low, high],
    };
    const next = moves[event.key];
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    settle(next, true, true);
  });
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    settle(zoom(...win, chart.timeAt(event.offsetX), event.deltaY + event.deltaX > 0 ? 1.25 : 0.8));
  }, { passive: false });

  // Dragging over the lanes chooses a window; a click opens the bin under it.
  let began = -1;
  const inRows = (event: PointerEvent): number => event.clientX - canvas.getBoundingClientRect().left;
  const height = (event: PointerEvent): number => event.clientY - canvas.getBoundingClientRect().top;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button === 0 && height(event) > of.strip) began = inRows(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    const x = inRows(event);
    const at = chart.timeAt(x);
    cross.hidden = height(event) < of.strip;
    cross.style.setProperty('left', `${x}px`);
    const here = of.counts.map((lane) => {
      const bin = binAt(lanes[lane.table] ?? [], at, unit);
      return `${t(`count.${lane.table}` as 'count.messages')} ${count(bin?.n ?? 0)}`;
    });
    readout.textContent = `${minute(rfc(at))} UTC \u00b7 ${here.join(' \u00b7 ')}`;
    if (began >= 0 && Math.abs(x - began) > 4) {
      brush.hidden = false;
      brush.style.setProperty('left', `${Math.min(x, began)}px`);
      brush.style.setProperty('width', `${Math.abs(x - began)}px`);
    }
  });
  window.addEventListener('pointerup', (event) => {
    if (began < 0) return;
    const [a, b] = [began, inRows(event)];
    began = -1;
    const dragged = !brush.hidden;
    brush.hidden = true;
    if (dragged) settle([chart.timeAt(Math.min(a, b)), chart.timeAt(Math.max(a, b))], true, true);
    else if (height(event) < of.rowsTop && event.target instanceof Node && canvas.contains(event.target)) openBin(chart.timeAt(b), height(event));
  }, { signal });
  canvas.addEventListener('pointerleave', () => (cross.hidden = true));
  const openBin = (at: number, y: number): void => {
    const lane = of.counts.find((each) => y >= each.top && y < each.top + each.height);
    const bin = lane && binAt(lanes[lane.table] ?? [], at, unit);
    if (!lane || !bin) return;
    const [from, until] = [ms(bin.at), binEnd(ms(bin.at), unit)];
    if (until - from > HOUR) settle([from, until], true, true);
    else go(to(`/tables/${lane.table}`, { [`min.${TIME_OF[lane.table]}`]: rfc(from), [`max.${TIME_OF[lane.table]}`]: rfc(until - 1) }));
  };

  const asTable = h('button', { type: 'button', 'aria-pressed': String(params.get('view') === 'table'), on: { click: () => {
    const on = asTable.getAttribute('aria-pressed') !== 'true';
    asTable.setAttribute('aria-pressed', String(on));
    words.hidden = !on;
    figure.hidden = on;
    note({ view: on ? 'table' : '' });
    if (!on) chart.resize();
  } } }, t('as_table'));
  requestAnimationFrame(() => {
    chart.resize();
    settle(win);
  });
  return [
    h('div', { class: 'toolbar' },
      h('span', { class: 'seg' }, h('button', { type: 'button', on: { click: () => settle([low, high], true, true) } }, t('all')), PRESETS.filter(([, width]) => width < high - low).map(([text, width]) => h('button', { type: 'button', on: { click: () => around(width) } }, name('preset', text)))),
      h('span', { class: 'seg' },
        h('button', { type: 'button', 'aria-label': t('zoom.out'), title: t('zoom.out'), on: { click: () => settle(zoom(...win, middle(), 2), true, true) } }, '\u2212'),
        h('button', { type: 'button', 'aria-label': t('zoom.in'), title: t('zoom.in'), on: { click: () => settle(zoom(...win, middle(), 0.5), true, true) } }, '+')),
      told, h('span', { class: 'end' }, asTable)),
    problem, readout, figure, words, legend(all),
    h('p', { class: 'quiet small', id: 'time-keys' }, t('timeline.keys', { least: MINUTE / 1000 })),
    h('h2', null, t('in_window')), below,
  ];
}
