/** The case as pages ask it: rows by id, the report's labels, who is who. */
import { getAll, getOverview, getRows, getSession } from '../api.ts';
import type { Campaign, Coverage, Exposure, Hypothesis, Intrusion, Narrative, Person, Report, Wave } from '../model.ts';

export interface Case {
  report: Report;
  narrative: Narrative;
  /** `W1`, `C1`, `I1` as the report calls a row; of an unknown id a question mark. */
  label(id: string): string;
  wave(key: string): Wave | undefined;
  campaign(key: string): Campaign | undefined;
  intrusion(key: string): Intrusion | undefined;
  person(mailbox: string): Person | undefined;
  exposures: { byWave: Map<string, Exposure[]>; byRecipient: Map<string, Exposure[]> };
  intrusionsOf: Map<string, Intrusion[]>;
  hypothesesOf: Map<string, Hypothesis[]>;
}

/** Ids in a text of analysis as the report's labels. */
export function relabelled(all: Case, text: string): string {
  return text.replace(/\b[wki]1:[0-9a-f]{32}\b/g, (id) => all.label(id));
}

let last: { state: string; answer: Promise<Case> } | null = null;

/** Asked once, for as long as the case does not change. */
export async function getCase(): Promise<Case> {
  const { state } = await getSession();
  if (last?.state !== state) {
    const answer = ask();
    answer.catch(() => (last = null));
    last = { state, answer };
  }
  return last.answer;
}

async function ask(): Promise<Case> {
  const rows = async <T>(table: string): Promise<T[]> => (await getAll(table, {}, 50_000)).rows as T[];
  const [told, waves, campaigns, exposures, intrusions, hypotheses, coverage, findings] = await Promise.all([
    getOverview(), rows<Wave>('waves'), rows<Campaign>('campaigns'), rows<Exposure>('exposures'), rows<Intrusion>('intrusions'), rows<Hypothesis>('hypotheses'), rows<Coverage>('coverage'),
    getRows('findings', new URLSearchParams({ limit: '0' })),
  ]);
  const labels = new Map(Object.entries(told.labels));
  const nth = (id: string): number => Number(labels.get(id)?.slice(1) ?? Number.MAX_SAFE_INTEGER);
  const ordered = <T>(all: T[], id: (row: T) => string): T[] => all.sort((a, b) => nth(id(a)) - nth(id(b)));
  const report: Report = {
    run_id: told.run, tool_version: told.version, sources: told.sources, findings: findings.total, people: told.people, totals: told.totals, anomalies: told.anomalies, coverage, exposures,
    waves: ordered(waves, (row) => row.wave_id), campaigns: ordered(campaigns, (row) => row.campaign_id), intrusions: ordered(intrusions, (row) => row.intrusion_id),
    hypotheses: hypotheses.sort((a, b) => b.campaign_id.localeCompare(a.campaign_id) || b.probability - a.probability),
  };
  for (const row of report.campaigns) row.wave_ids.sort((a, b) => nth(a) - nth(b));
  const narrative: Narrative = { judgements: told.questions.map((each) => each.answer), actions: told.actions, coverage: told.coverage };
  const people = new Map(report.people.map((row) => [row.mailbox, row]));
  // A row is found by its id or by its label, so that links can be short.
  const finder = <T>(rows: T[], id: (row: T) => string) => {
    const found = new Map<string, T>();
    for (const row of rows) found.set(id(row), row).set(labels.get(id(row)) ?? '', row);
    return (key: string) => found.get(key);
  };
  return {
    report,
    narrative,
    label: (id) => labels.get(id) ?? `${id.slice(0, 1).toUpperCase()}?`,
    wave: finder(report.waves, (row) => row.wave_id),
    campaign: finder(report.campaigns, (row) => row.campaign_id),
    intrusion: finder(report.intrusions, (row) => row.intrusion_id),
    person: (mailbox) => people.get(mailbox),
    exposures: {
      byWave: grouped(report.exposures, (row) => row.wave_id),
      byRecipient: grouped(report.exposures, (row) => row.recipient),
    },
    intrusionsOf: grouped(report.intrusions, (row) => row.account),
    hypothesesOf: grouped(report.hypotheses, (row) => row.campaign_id),
  };
}

export function grouped<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
