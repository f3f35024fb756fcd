/** The time axis on a canvas: counts above, what was found below, over one window that all
 *  of them share. */
import { CustomChart, LineChart, type CustomSeriesOption } from 'echarts/charts';
import { DataZoomSliderComponent, GridComponent } from 'echarts/components';
import { graphic, init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

import type { Intrusion } from '../model.ts';
import { ms, uncovered, type Unit } from '../time.ts';
import { covered, hue, SHOWN_IN, showsIn, steps, type Bin } from './lanes.ts';
import { place, type Placed, type Sheet } from './timesheet.ts';
import { colours, faded, type Colours } from './theme.ts';

use([LineChart, CustomChart, GridComponent, DataZoomSliderComponent, CanvasRenderer]);

export interface Chart {
  counts(lanes: Record<string, readonly Bin[]>, unit: Unit): void;
  window(from: number, to: number): void;
  timeAt(x: number): number;
  xAt(time: number): number;
  redraw(): void;
  resize(): void;
  dispose(): void;
}

export interface Handlers {
  /** The window was moved by the strip above. */
  moved(from: number, to: number): void;
  opened(id: string): void;
}

type Shape = { type: string; shape: object; style: object };

/** Diagonal lines: not covered, which is never white. */
function hatch(palette: Colours): { image: HTMLCanvasElement; repeat: 'repeat' } {
  const image = document.createElement('canvas');
  image.width = image.height = 6;
  const context = image.getContext('2d');
  if (context) {
    context.strokeStyle = palette.hatch;
    context.lineWidth = 1;
    for (const at of [-6, 0, 6]) {
      context.moveTo(at, 6);
      context.lineTo(at + 6, 0);
    }
    context.stroke();
  }
  return { image, repeat: 'repeat' };
}

export function timechart(box: HTMLElement, sheet: Sheet, whole: { lanes: Record<string, readonly Bin[]>; unit: Unit }, handlers: Handlers): Chart {
  const chart: EChartsType = init(box, null, { renderer: 'canvas' });
  const { from, to } = sheet;
  let shown = { lanes: whole.lanes, unit: whole.unit };
  let view: [number, number] = [from, to];
  let quiet = false;

  const draw = (): void => {
    const palette = colours();
    const grids = [{ left: 0, right: 0, top: 4, height: sheet.strip - 8 }, ...sheet.counts.map((lane) => ({ left: 0, right: 0, top: lane.top + 4, height: lane.height - 4 })), { left: 0, right: 0, top: sheet.rowsTop, height: sheet.rowsHeight }];
    const last = grids.length - 1;
    const axis = { type: 'time' as const, min: from, max: to, show: true, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: palette.line, width: 1 } }, axisLabel: { show: false }, useUTC: true };
    chart.setOption({
      animation: false,
      useUTC: true,
      textStyle: { color: palette.soft, fontFamily: 'system-ui, sans-serif' },
      // ECharts 6 would shrink the grid that carries labels: lanes must stay one above the other.
      grid: grids.map((grid) => ({ ...grid, outerBoundsMode: 'none' as const })),
      xAxis: grids.map((_, at) => ({ ...axis, gridIndex: at,
        ...(at === 1 ? { position: 'top' as const, axisLabel: { show: true, color: palette.soft, fontSize: 11, hideOverlap: true, margin: 6 } } : {}),
        ...(at === 0 ? { splitLine: { show: false } } : {}) })),
      yAxis: grids.map((_, at) => ({ type: 'value' as const, gridIndex: at, show: false, min: 0, ...(at === last ? { max: sheet.rowsHeight, inverse: true } : {}) })),
      dataZoom: [{ type: 'slider', xAxisIndex: grids.map((_, at) => at).slice(1), startValue: view[0], endValue: view[1], top: 4, height: sheet.strip - 8, left: 0, right: 0, filterMode: 'none',
        showDataShadow: false, showDetail: false, brushSelect: true, minValueSpan: 60_000, backgroundColor: 'transparent', borderColor: palette.line, fillerColor: faded(palette.wave, 0.16),
        handleStyle: { color: palette.paper, borderColor: palette.ink }, moveHandleStyle: { color: palette.hatch }, moveHandleSize: 0, brushStyle: { color: faded(palette.wave, 0.3) }, emphasis: { handleStyle: { borderColor: palette.wave } }, realtime: true, throttle: 60 }],
      series: [
        { type: 'line', xAxisIndex: 0, yAxisIndex: 0, data: steps(whole.lanes['messages'] ?? [], whole.unit), ...line(palette.covered, 0.6) },
        ...sheet.counts.map((lane, at) => ({ type: 'line' as const, id: lane.table, xAxisIndex: at + 1, yAxisIndex: at + 1, data: steps(shown.lanes[lane.table] ?? [], shown.unit), ...line(lane.table === 'findings' ? palette.kind('call_records') : palette.wave, 0.55) })),
        ...sheet.counts.map((lane, at) => shade(sheet, lane.table, at + 1, lane, palette)),
        rows(sheet, last, palette),
      ],
    }, { notMerge: true });
  };
  const line = (color: string, opacity: number) => ({ step: 'end' as const, symbol: 'none', silent: true, lineStyle: { width: 1, color }, areaStyle: { color, opacity }, animation: false });

  draw();
  chart.on('datazoom', () => {
    if (quiet) return;
    const zoom = (chart.getOption()['dataZoom'] as { startValue: number; endValue: number }[])[0];
    if (!zoom) return;
    view = [zoom.startValue, zoom.endValue];
    handlers.moved(...view);
  });
  chart.on('click', (event) => {
    const id = (event.data as { id?: string } | undefined)?.id;
    if (id) handlers.opened(id);
  });
  return {
    counts(lanes, unit) {
      shown = { lanes, unit };
      chart.setOption({ series: sheet.counts.map((lane) => ({ id: lane.table, data: steps(lanes[lane.table] ?? [], unit) })) });
    },
    window(a, b) {
      view = [a, b];
      quiet = true;
      chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: 0, startValue: a, endValue: b });
      quiet = false;
    },
    timeAt: (x) => Number(chart.convertFromPixel({ xAxisIndex: 1 }, x)),
    xAt: (time) => Number(chart.convertToPixel({ xAxisIndex: 1 }, time)),
    redraw: draw,
    resize: () => chart.resize(),
    dispose: () => chart.dispose(),
  };
}

type Item = { value: [number, number]; id: string; shapes: (x: (time: number) => number) => Shape[] };

/** A series of shapes that know their own places. */
function custom(items: Item[], grid: number, silent: boolean): CustomSeriesOption {
  return {
    type: 'custom', xAxisIndex: grid, yAxisIndex: grid, clip: true, silent, animation: false, data: items, encode: { x: [0, 1], y: [] },
    renderItem: (params, api) => {
      const item = items[params.dataIndex];
      if (!item) return null;
      const area = params.coordSys as unknown as { x: number; width: number };
      const x = (time: number): number => Math.min(Math.max(api.coord([time, 0])[0] ?? 0, area.x - 40), area.x + area.width + 40);
      if (x(item.value[1]) < area.x - 20 || x(item.value[0]) > area.x + area.width + 20) return null;
      return { type: 'group', children: item.shapes(x) } as never;
    },
  };
}

function rect(x: number, y: number, width: number, height: number, style: object, r = 0): Shape {
  return { type: 'rect', shape: { x, y, width: Math.max(width, 0), height, r }, style };
}

function shade(sheet: Sheet, table: string, grid: number, lane: { top: number; height: number }, palette: Colours): CustomSeriesOption {
  const kinds = SHOWN_IN[table] ?? [];
  const open = kinds.length === 0 ? [] : uncovered(covered(sheet.report.coverage, kinds), sheet.from, sheet.to);
  const fill = hatch(palette);
  return custom(open.map(([a, b]) => ({ value: [a, b], id: '', shapes: (x) => [rect(x(a), lane.top + 4, x(b) - x(a), lane.height - 4, { fill, opacity: 0.55 })] })), grid, true);
}

/** Waves, intrusions, claims and coverage. */
function rows(sheet: Sheet, grid: number, palette: Colours): CustomSeriesOption {
  const fill = hatch(palette);
  const items: Item[] = [];
  const hatched = (row: Placed, spans: [number, number][]): void => {
    for (const [a, b] of uncovered(spans, sheet.from, sheet.to)) {
      items.push({ value: [a, b], id: '', shapes: (x) => [rect(x(a), row.top + 1, x(b) - x(a), row.height - 2, { fill, opacity: 0.6 })] });
    }
  };
  for (const row of place(sheet)) {
    const y = row.top;
    const middle = y + row.height / 2;
    if (row.kind === 'waves') {
      hatched(row, covered(sheet.report.coverage, ['mail']));
      for (const wave of row.waves) {
        const [a, b] = [ms(wave.first_seen), ms(wave.last_seen ?? wave.first_seen)];
        const fillColour = faded(palette.wave, 0.15 + 0.85 * wave.probability);
        items.push({ value: [a, b], id: wave.wave_id, shapes: (x) => [
          rect(x(a) - 5, middle - 5, x(b) - x(a) + 10, 10, { fill: palette.paper }, 5),
          rect(x(a) - 5, middle - 5, x(b) - x(a) + 10, 10, { fill: fillColour, stroke: palette.wave }, 5),
        ] });
      }
    } else if (row.kind === 'intrusion') {
      hatched(row, covered(sheet.report.coverage, showsIn(row.intrusion), row.intrusion.account));
      items.push(bar(row.intrusion, y, row.height, palette, fill));
    } else if (row.kind === 'claims') {
      for (const claim of row.claims) {
        items.push({ value: [claim.at, claim.at], id: claim.id, shapes: (x) => [
          { type: 'polyline', shape: { points: [[x(claim.at), y + row.height - 2], [x(claim.at), y + 3]] }, style: { stroke: palette.ink, lineWidth: 1.2, fill: 'none' } },
          { type: 'polygon', shape: { points: [[x(claim.at), y + 3], [x(claim.at) + 9, y + 7], [x(claim.at), y + 11]] }, style: { fill: palette.ink } },
        ] });
      }
    } else {
      hatched(row, row.spans);
      for (const [a, b] of row.spans) {
        items.push({ value: [Math.max(a, sheet.from), Math.min(b, sheet.to)], id: '', shapes: (x) => [rect(x(a), middle - 3, x(b) - x(a), 6, { fill: palette.covered })] });
      }
    }
  }
  return custom(items, grid, false);
}

/** An intrusion: sure in the middle, its bounds fading, an open bracket where censored. */
function bar(row: Intrusion, y: number, height: number, palette: Colours, fill: object): Item {
  const [first, last] = [ms(row.first_access), Math.max(ms(row.last_access), ms(row.first_access))];
  const earliest = Math.min(row.first_access_bounds[0] ? ms(row.first_access_bounds[0]) : first, first);
  const latest = Math.max(row.last_access_bounds.at(-1) ? ms(row.last_access_bounds.at(-1)) : last, last);
  const colour = palette.kind(hue(row));
  const sure = faded(colour, 0.15 + 0.85 * row.probability);
  const fade = (left: boolean): object => new graphic.LinearGradient(0, 0, 1, 0, [{ offset: 0, color: faded(colour, left ? 0 : 0.6) }, { offset: 1, color: faded(colour, left ? 0.6 : 0) }]);
  const [top, high] = [y + 4, height - 8];
  return { value: [earliest, latest], id: row.intrusion_id, shapes: (x) => {
    const [a, b] = [x(first), Math.max(x(last), x(first) + 3)];
    const shapes: Shape[] = [];
    if (a - x(earliest) > 0.5) shapes.push(rect(x(earliest), top, a - x(earliest), high, { fill: fade(true) }));
    if (x(latest) - b > 0.5) shapes.push(rect(b, top, x(latest) - b, high, { fill: fade(false) }));
    shapes.push(rect(a, top, b - a, high, { fill: palette.paper }), rect(a, top, b - a, high, { fill: sure, stroke: colour }));
    for (const gap of row.gaps.slice(0, 200)) {
      const [from, to] = [Math.max(x(ms(gap.from)), a), Math.min(x(ms(gap.to)), b)];
      if (to - from > 0.5) shapes.push(rect(from, top, to - from, high, { fill: palette.paper }), rect(from, top, to - from, high, { fill }));
    }
    const bracket = (at: number, turn: number): Shape => ({ type: 'polyline', shape: { points: [[at + 4 * turn, top - 2], [at, top - 2], [at, top + high + 2], [at + 4 * turn, top + high + 2]] }, style: { stroke: palette.ink, lineWidth: 1.6, fill: 'none' } });
    if (row.start_censored) shapes.push(bracket(x(earliest) - 5, -1));
    if (row.end_censored && row.status !== 'active') shapes.push(bracket(Math.max(x(latest), b) + 5, 1));
    if (row.status === 'active') {
      const at = Math.max(x(latest), b) + 1;
      shapes.push({ type: 'polygon', shape: { points: [[at, top - 1], [at + 9, top + high / 2], [at, top + high + 1]] }, style: { fill: palette.now } });
    }
    return shapes;
  } };
}
