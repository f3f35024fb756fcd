/** Which lanes the timeline has and how high each stands. */
import type { Intrusion, Report, Row, Wave } from '../model.ts';
import { ms } from '../time.ts';
import { covered, SHOWN_IN, waveLanes, weightiest, type Bin, type WaveLane } from './lanes.ts';

export interface Claim {
  id: string;
  at: number;
}

export interface Sheet {
  report: Report;
  from: number;
  to: number;
  /** Height of the strip that shows the whole case. */
  strip: number;
  counts: { table: string; top: number; height: number }[];
  waves: WaveLane[];
  intrusions: Intrusion[];
  claims: Claim[];
  sources: string[];
  rowsTop: number;
  rowsHeight: number;
}

export type Placed = { top: number; height: number } & (
  | { kind: 'waves'; campaign: string | null; waves: Wave[] }
  | { kind: 'intrusion'; intrusion: Intrusion }
  | { kind: 'claims'; claims: Claim[] }
  | { kind: 'coverage'; source: string; spans: [number, number][] }
);

const STRIP = 52;
const AXIS = 26;
const COUNT = 44;
const ROW = 24;
const COVER = 18;
/** Space between groups of rows: holds a heading. */
const GROUP = 26;
const MOST_CAMPAIGNS = 14;
const MOST_INTRUSIONS = 30;

/** Order of evidence kinds, as the report has it. */
const KINDS = ['mail', 'identity', 'cloud', 'web', 'calls', 'record_lookups'];

export function sheet(report: Report, lanes: Record<string, readonly Bin[]>, claims: readonly Row[], extent: [number, number]): Sheet {
  const tables = Object.keys(SHOWN_IN).filter((table) => (lanes[table]?.length ?? 0) > 0);
  const counts = (tables.length > 0 ? tables : ['messages']).map((table, at) => ({ table, top: STRIP + AXIS + at * COUNT, height: COUNT }));
  const made: Sheet = {
    report, from: extent[0], to: extent[1], strip: STRIP, counts,
    waves: waveLanes(report, MOST_CAMPAIGNS),
    intrusions: weightiest(report.intrusions, MOST_INTRUSIONS),
    claims: claims.map((row) => ({ id: `claim:${String(row['claim_id'])}`, at: ms(String(row['said_on'])) })).filter((claim) => !Number.isNaN(claim.at)),
    sources: [...new Set(report.coverage.map((row) => row.source))].sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b) || a.localeCompare(b)),
    rowsTop: STRIP + AXIS + counts.length * COUNT, rowsHeight: 0,
  };
  const rows = place(made);
  const last = rows.at(-1);
  made.rowsHeight = last ? last.top + last.height - made.rowsTop + 6 : 0;
  return made;
}

/** Every row with its place, from the top of the picture. */
export function place(of: Sheet): Placed[] {
  const rows: Placed[] = [];
  let top = of.rowsTop;
  const group = (make: (() => Placed)[]): void => {
    if (make.length === 0) return;
    top += GROUP;
    for (const one of make) {
      const row = one();
      rows.push(row);
      top += row.height;
    }
  };
  group(of.waves.map((lane) => () => ({ kind: 'waves', top, height: ROW, campaign: lane.campaign, waves: lane.waves })));
  group(of.intrusions.map((intrusion) => () => ({ kind: 'intrusion', top, height: ROW, intrusion })));
  group(of.claims.length > 0 ? [() => ({ kind: 'claims', top, height: ROW, claims: of.claims })] : []);
  group(of.sources.map((source) => () => ({ kind: 'coverage', top, height: COVER, source, spans: covered(of.report.coverage, [source]) })));
  return rows;
}
