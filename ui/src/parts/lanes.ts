/** What stands on the time axis: lanes of counts, and rows of what analysis found. Pure: a
 *  picture, a table and a test read the same lanes. */
import type { Coverage, Intrusion, Report, Wave } from '../model.ts';
import { binEnd, DAY, merged, ms, YEAR, type Unit } from '../time.ts';

/** Evidence kinds that would show in a lane of counts. */
export const SHOWN_IN: Record<string, string[]> = {
  messages: ['mail'], events: ['cloud', 'identity'], fetches: ['web'], calls: ['calls'], findings: [],
};
/** Column of time of a lane's table. */
export const TIME_OF: Record<string, string> = { messages: 'date', events: 'time', fetches: 'time', calls: 'time', findings: 'time' };

export type Bin = { at: string; n: number };

/** A step line of counts: each bin's value, and nothing where no bin is. */
export function steps(bins: readonly Bin[], unit: Unit): [number, number][] {
  const points: [number, number][] = [];
  let end = Number.NaN;
  for (const bin of bins) {
    const at = ms(bin.at);
    if (Number.isNaN(at)) continue;
    if (at > end || points.length === 0) {
      if (points.length > 0) points.push([end, 0]);
      points.push([at, 0]);
    }
    points.push([at, bin.n]);
    end = binEnd(at, unit);
  }
  if (points.length > 0) points.push([end, 0]);
  return points;
}

/** The bin that holds a time. */
export function binAt(bins: readonly Bin[], at: number, unit: Unit): Bin | undefined {
  let low = 0;
  let high = bins.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const bin = bins[middle];
    if (!bin) return undefined;
    const from = ms(bin.at);
    if (at < from) high = middle - 1;
    else if (at >= binEnd(from, unit)) low = middle + 1;
    else return bin;
  }
  return undefined;
}

/** Where the axis begins and ends: what was found, widened by the records, but one forged
 *  date must not press all the rest into a line: of each lane the outermost thousandth of
 *  records is left outside, and bounds widen by no more than a year or the whole span. */
export function extent(report: Report, lanes: Record<string, readonly Bin[]>, unit: Unit): [number, number] | null {
  const sure: number[] = [];
  for (const row of report.waves) sure.push(ms(row.first_seen), ms(row.last_seen));
  for (const row of report.intrusions) sure.push(ms(row.first_access), ms(row.last_access));
  for (const bins of Object.values(lanes)) {
    const total = bins.reduce((sum, bin) => sum + bin.n, 0);
    let seen = 0;
    for (const bin of bins) {
      const before = seen;
      seen += bin.n;
      if (seen > total * 0.001 && before < total * 0.999) sure.push(ms(bin.at), binEnd(ms(bin.at), unit));
    }
  }
  const known = sure.filter((at) => !Number.isNaN(at));
  const wide = [...report.coverage.flatMap((row) => [ms(row.from), ms(row.to)]), ...report.intrusions.flatMap((row) => [...row.first_access_bounds, ...row.last_access_bounds].map(ms))].filter((at) => !Number.isNaN(at));
  const ends = (times: number[]): [number, number] => times.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [Infinity, -Infinity] as [number, number]);
  if (known.length === 0 && wide.length === 0) return null;
  const [from, to] = ends(known.length > 0 ? known : wide);
  const [low, high] = ends([...wide, from, to]);
  const room = Math.max(to - from, YEAR);
  const start = Math.max(low, from - room);
  const end = Math.min(high, to + room);
  const pad = Math.max((end - start) / 50, DAY);
  return [start - pad, end + pad];
}

/** Stretches that were covered for `kinds`, for one account or for any. */
export function covered(rows: readonly Coverage[], kinds: readonly string[], account?: string): [number, number][] {
  return merged(rows
    .filter((row) => kinds.includes(row.source) && (account === undefined || row.account === '' || row.account === account))
    .map((row) => [row.from ? ms(row.from) : -8.64e15, row.to ? ms(row.to) : 8.64e15] as [number, number]));
}

/** Evidence kinds in which an intrusion of these kinds would show. */
export function showsIn(row: Pick<Intrusion, 'kinds'>): string[] {
  const kinds = row.kinds.map((kind) => (kind === 'identity' ? 'identity' : kind === 'call_records' ? 'record_lookups' : kind === 'mail_server' ? 'web' : 'cloud'));
  return [...new Set(kinds)];
}

/** The kind that gives an intrusion its hue. */
export function hue(row: Pick<Intrusion, 'kinds'>): string {
  return ['mail_server', 'call_records', 'cloud_storage', 'mailbox', 'identity'].find((kind) => row.kinds.includes(kind)) ?? 'other';
}

export interface WaveLane {
  campaign: string | null;
  waves: Wave[];
}

/** One lane a campaign, the largest first chosen; all other waves share the last lane. */
export function waveLanes(report: Report, most: number): WaveLane[] {
  const chosen = [...report.campaigns]
    .filter((row) => row.wave_ids.length > 1 || report.campaigns.length <= most)
    .sort((a, b) => b.wave_ids.length - a.wave_ids.length || b.probability - a.probability || a.campaign_id.localeCompare(b.campaign_id))
    .slice(0, most);
  const own = new Set(chosen.map((row) => row.campaign_id));
  const lanes: WaveLane[] = report.campaigns.filter((row) => own.has(row.campaign_id)).map((row) => ({
    campaign: row.campaign_id, waves: report.waves.filter((wave) => wave.campaign_id === row.campaign_id),
  }));
  const rest = report.waves.filter((wave) => !own.has(wave.campaign_id));
  return rest.length > 0 ? [...lanes, { campaign: null, waves: rest }] : lanes;
}

/** The most probable intrusions, in the report's order. */
export function weightiest(rows: readonly Intrusion[], most: number): Intrusion[] {
  const chosen = new Set([...rows].sort((a, b) => b.probability - a.probability).slice(0, most));
  return rows.filter((row) => chosen.has(row));
}
