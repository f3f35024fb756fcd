/** The case as pages ask it: rows by id, the report's labels, who is who. */
import { getOverview } from '../api.ts';
import type { Campaign, Exposure, Hypothesis, Intrusion, Narrative, Person, Report, Wave } from '../model.ts';

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

let last: { of: Report; index: Case } | null = null;

export async function getCase(): Promise<Case> {
  const { report: plain, narrative } = await getOverview();
  // The narrative's report is the same rows in the order that labels count by.
  const report = narrative.report ?? plain;
  if (last?.of === report) return last.index;
  const labels = new Map<string, string>();
  report.waves.forEach((row, at) => labels.set(row.wave_id, `W${at + 1}`));
  report.campaigns.forEach((row, at) => labels.set(row.campaign_id, `C${at + 1}`));
  report.intrusions.forEach((row, at) => labels.set(row.intrusion_id, `I${at + 1}`));
  const people = new Map(report.people.map((row) => [row.mailbox, row]));
  // A row is found by its id or by its label, so that links can be short.
  const finder = <T>(rows: T[], id: (row: T) => string) => {
    const found = new Map<string, T>();
    for (const row of rows) found.set(id(row), row).set(labels.get(id(row)) ?? '', row);
    return (key: string) => found.get(key);
  };
  const index: Case = {
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
  last = { of: report, index };
  return index;
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
