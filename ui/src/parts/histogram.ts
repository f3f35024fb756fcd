/** Rows of an answer over time. */
import { BarChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

import type { SqlAnswer } from '../api.ts';
import { bins } from '../bins.ts';
import { h } from '../dom.ts';
import { count } from '../format.ts';
import { t } from '../i18n/index.ts';
import { timeColumn } from '../sqltext.ts';
import { minute, rfc } from '../time.ts';
import { colours, onTheme } from './theme.ts';

use([BarChart, GridComponent, CanvasRenderer]);

export function histogram(root: HTMLElement, answer: SqlAnswer, signal: AbortSignal): void {
  const column = timeColumn(answer.columns);
  if (!column) return;
  const found = bins(answer.rows.map((row) => Date.parse(String(row[column]))));
  if (!found || found.counts.length < 2) return;
  const most = Math.max(...found.counts);
  const at = (n: number): string => minute(rfc(found.from + n * found.width));
  const box = h('div', { class: 'chart', role: 'img', 'aria-label': t('histogram.alt', { column, from: at(0), to: at(found.counts.length), most: count(most) }), css: { height: '110px' } });
  const words = h('details', null, h('summary', { class: 'small' }, t('as_table')),
    h('table', null, h('thead', null, h('tr', null, h('th', { scope: 'col' }, column), h('th', { scope: 'col', class: 'r' }, t('count')))),
      h('tbody', null, found.counts.map((n, bin) => (n === 0 ? null : h('tr', null, h('th', { scope: 'row', class: 'cell-date' }, at(bin)), h('td', { class: 'r' }, count(n))))))));
  root.append(box, words);
  const chart = init(box, null, { renderer: 'canvas' });
  const draw = (): void => {
    const palette = colours();
    chart.setOption({
      animation: false,
      grid: { left: 44, right: 8, top: 8, bottom: 22 },
      xAxis: { type: 'category', data: found.counts.map((_, bin) => at(bin).slice(0, found.width < 864e5 ? 16 : 10)), axisLabel: { color: palette.soft, fontSize: 11, hideOverlap: true }, axisLine: { lineStyle: { color: palette.line } }, axisTick: { show: false } },
      yAxis: { type: 'value', splitNumber: 2, axisLabel: { color: palette.soft, fontSize: 11 }, splitLine: { lineStyle: { color: palette.line } } },
      series: [{ type: 'bar', data: found.counts, barCategoryGap: '10%', itemStyle: { color: palette.wave }, silent: true }],
    }, { notMerge: true });
  };
  draw();
  onTheme(draw, signal);
  const sized = new ResizeObserver(() => chart.resize());
  sized.observe(box);
  signal.addEventListener('abort', () => {
    sized.disconnect();
    chart.dispose();
  });
}
