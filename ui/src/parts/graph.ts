/** Waves as a graph: Sigma.js where there is WebGL, the same layout as SVG where there is
 *  none (locked-down machines, remote desktops). */
import Graph from 'graphology';
import { svg } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { day } from '../time.ts';
import { name } from './marks.ts';
import type { Case } from './case.ts';
import { layout } from './layout.ts';
import { colours, mixed, onTheme } from './theme.ts';

export interface Chosen {
  wave(id: string): void;
  link(waves: string[]): void;
}

export interface Drawn {
  /** Marks a wave or a link as the one that is shown. */
  mark(wave: string | null, link: string[] | null): void;
}

/** Nodes are waves, edges are links of campaigns. */
export function build(all: Case): Graph {
  const graph = new Graph({ type: 'undirected', multi: false });
  for (const wave of all.report.waves) {
    graph.addNode(wave.wave_id, {
      size: 4 + Math.min(10, Math.sqrt(wave.recipients.length)),
      label: `${all.label(wave.wave_id)} \u00b7 ${day(wave.first_seen)}`,
      probability: wave.probability,
      campaign: wave.campaign_id,
    });
  }
  for (const link of all.report.campaigns.flatMap((row) => row.links)) {
    const [a, b] = link.waves;
    if (!a || !b || a === b || !graph.hasNode(a) || !graph.hasNode(b) || graph.hasEdge(a, b)) continue;
    graph.addEdge(a, b, { weight: Math.max(0.1, link.weight), size: Math.min(6, 1 + link.classes.length), waves: link.waves, label: link.classes.map((kind) => name('class', kind)).join(', ') });
  }
  // Waves that nothing links stand in rows, close together: their numbers alone fit there.
  graph.forEachNode((id) => graph.degree(id) === 0 && graph.setNodeAttribute(id, 'label', all.label(id)));
  layout(graph);
  return graph;
}

function webgl(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}

export async function graph(box: HTMLElement, all: Case, chosen: Chosen, signal: AbortSignal): Promise<Drawn> {
  const made = build(all);
  return webgl() ? withSigma(box, made, chosen, signal) : withSvg(box, made, chosen);
}

async function withSigma(box: HTMLElement, made: Graph, chosen: Chosen, signal: AbortSignal): Promise<Drawn> {
  const { default: Sigma } = await import('sigma');
  let wave: string | null = null;
  let link: string[] | null = null;
  let palette = colours();
  const sigma = new Sigma(made, box, {
    enableEdgeEvents: true,
    labelSize: 12,
    labelFont: 'system-ui, sans-serif',
    labelColor: { attribute: 'ink' },
    labelRenderedSizeThreshold: 5,
    // Reasons stand on the lines of the wave or link that is chosen; all would hide the graph.
    renderEdgeLabels: true,
    edgeLabelSize: 11,
    edgeLabelFont: 'system-ui, sans-serif',
    edgeLabelColor: { attribute: 'ink' },
    minCameraRatio: 0.1,
    maxCameraRatio: 4,
    allowInvalidContainer: true,
    nodeReducer: (id, data) => ({
      ...data,
      ink: palette.ink,
      color: id === wave ? palette.ink : mixed(palette.paper, palette.wave, 0.3 + 0.7 * Number(data['probability'])),
      highlighted: false,
      forceLabel: id === wave || (link?.includes(id) ?? false),
      zIndex: id === wave ? 1 : 0,
    }),
    edgeReducer: (edge, data) => {
      const ends = made.extremities(edge);
      const chosenLink = link !== null && ends.every((id) => link?.includes(id));
      const told = chosenLink || (wave !== null && ends.includes(wave));
      return {
      ...data,
      ink: palette.soft,
      label: told ? data['label'] : null,
      forceLabel: told,
      color: chosenLink ? palette.ink : told ? palette.soft : palette.hatch,
      };
    },
    // The label under the pointer: on our paper, not on white.
    defaultDrawNodeHover: (context, data, settings) => {
      const text = data.label ?? '';
      context.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
      const width = context.measureText(text).width;
      context.fillStyle = palette.paper;
      context.strokeStyle = palette.edge;
      context.beginPath();
      context.rect(data.x + data.size + 1, data.y - 10, width + 8, 20);
      context.fill();
      context.stroke();
      context.fillStyle = palette.ink;
      context.fillText(text, data.x + data.size + 5, data.y + 4);
    },
  });
  sigma.on('clickNode', ({ node }) => chosen.wave(node));
  sigma.on('clickEdge', ({ edge }) => chosen.link(made.getEdgeAttribute(edge, 'waves') as string[]));
  for (const kind of ['enterNode', 'enterEdge'] as const) sigma.on(kind, () => box.style.setProperty('cursor', 'pointer'));
  for (const kind of ['leaveNode', 'leaveEdge'] as const) sigma.on(kind, () => box.style.removeProperty('cursor'));
  // Dragging a wave puts it where the analyst wants it.
  let held: string | null = null;
  sigma.on('downNode', ({ node, preventSigmaDefault }) => {
    held = node;
    preventSigmaDefault();
  });
  sigma.on('moveBody', ({ event, preventSigmaDefault }) => {
    if (!held) return;
    const at = sigma.viewportToGraph(event);
    made.mergeNodeAttributes(held, { x: at.x, y: at.y });
    preventSigmaDefault();
  });
  for (const kind of ['upNode', 'upStage'] as const) sigma.on(kind, () => (held = null));
  onTheme(() => {
    palette = colours();
    sigma.refresh();
  }, signal);
  signal.addEventListener('abort', () => sigma.kill());
  return {
    mark(nextWave, nextLink) {
      wave = nextWave;
      link = nextLink;
      if (!signal.aborted) sigma.refresh({ skipIndexation: true });
    },
  };
}

function withSvg(box: HTMLElement, made: Graph, chosen: Chosen): Drawn {
  const [width, height] = [1000, 460];
  const xs = made.mapNodes((_, data) => Number(data['x']));
  const ys = made.mapNodes((_, data) => Number(data['y']));
  const scale = (values: number[], size: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value: number): number => 50 + ((value - low) / Math.max(high - low, 1e-9)) * (size - 100);
  };
  const [x, y] = [scale(xs, width), scale(ys, height)];
  const at = (id: string) => ({ x: x(Number(made.getNodeAttribute(id, 'x'))), y: y(Number(made.getNodeAttribute(id, 'y'))) });
  const lines = made.mapEdges((_, data, a, b) => {
    const [from, to] = [at(a), at(b)];
    const waves = data['waves'] as string[];
    return svg('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, 'stroke-width': data['size'], 'data-link': [...waves].sort().join(' '), on: { click: () => chosen.link(waves) } },
      svg('title', null, `${t('link')}: ${String(data['label'])}`));
  });
  const dots = made.mapNodes((id, data) => {
    const p = at(id);
    return svg('g', { on: { click: () => chosen.wave(id) } },
      svg('circle', { cx: p.x, cy: p.y, r: data['size'], 'fill-opacity': (0.3 + 0.7 * Number(data['probability'])).toFixed(2), 'data-wave': id }, svg('title', null, String(data['label']))),
      made.order <= 60 ? svg('text', { x: p.x + Number(data['size']) + 3, y: p.y + 4 }, String(data['label']).split(' ')[0] ?? '') : null);
  });
  box.append(svg('svg', { viewBox: `0 0 ${width} ${height}` }, lines, dots));
  return {
    mark(wave, link) {
      const key = link ? [...link].sort().join(' ') : '';
      for (const dot of box.querySelectorAll('[data-wave]')) dot.classList.toggle('on', dot.getAttribute('data-wave') === wave);
      for (const line of box.querySelectorAll('[data-link]')) line.classList.toggle('on', line.getAttribute('data-link') === key);
    },
  };
}
