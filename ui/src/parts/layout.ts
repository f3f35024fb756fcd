/** Where waves stand in the graph: the same case gives the same picture. */
import type Graph from 'graphology';
import forceAtlas2 from 'graphology-layout-forceatlas2';

/** Campaigns start in rings of their own, then ForceAtlas2 runs a fixed number of steps:
 *  no clock and no chance. Waves that no link holds stand in rows below. */
export function layout(graph: Graph): void {
  const linked = graph.filterNodes((id) => graph.degree(id) > 0);
  const campaigns = [...new Set(linked.map((id) => String(graph.getNodeAttribute(id, 'campaign'))))].sort();
  const seen = new Map<string, number>();
  for (const id of linked) {
    const campaign = String(graph.getNodeAttribute(id, 'campaign'));
    const nth = seen.get(campaign) ?? 0;
    seen.set(campaign, nth + 1);
    const turn = (campaigns.indexOf(campaign) / Math.max(1, campaigns.length)) * 2 * Math.PI;
    graph.mergeNodeAttributes(id, {
      x: Math.cos(turn) * 100 + Math.cos(nth * 2.4) * (8 + nth),
      y: Math.sin(turn) * 100 + Math.sin(nth * 2.4) * (8 + nth),
    });
  }
  const alone = graph.filterNodes((id) => graph.degree(id) === 0);
  if (linked.length > 1) {
    const part = graph.copy();
    for (const id of alone) part.dropNode(id);
    const settings = forceAtlas2.inferSettings(part);
    const places = forceAtlas2(part, { iterations: 300, settings: { ...settings, gravity: 1.2, scalingRatio: 12, adjustSizes: true, barnesHutOptimize: linked.length > 800 } });
    for (const [id, place] of Object.entries(places)) graph.mergeNodeAttributes(id, place);
  }
  const xs = linked.map((id) => Number(graph.getNodeAttribute(id, 'x')));
  const ys = linked.map((id) => Number(graph.getNodeAttribute(id, 'y')));
  const left = linked.length > 0 ? Math.min(...xs) : 0;
  const right = linked.length > 0 ? Math.max(...xs) : 100;
  const low = linked.length > 0 ? Math.min(...ys) : 0;
  const high = linked.length > 0 ? Math.max(...ys) : 40;
  const columns = Math.max(1, Math.min(14, alone.length));
  // The picture is about twice as wide as it is high.
  const width = Math.max(right - left, (high - low) * 2.2, 1);
  alone.forEach((id, at) => {
    graph.mergeNodeAttributes(id, {
      x: (left + right) / 2 - width / 2 + ((at % columns) + 0.5) * (width / columns),
      y: low - (high - low || 1) * (0.16 + 0.12 * Math.floor(at / columns)),
    });
  });
}
