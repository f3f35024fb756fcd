/** The rows of the contract's tables and the report's sentences, as the API gives them. */

export type Row = Record<string, unknown>;
export type Time = string | null;

export interface EvidenceRef {
  source: string;
  path: string;
  offset: number;
  length: number;
  locator?: { row?: number | null; pst_node?: number | null } | null;
  sha256: string;
}

export interface Session {
  name: string;
  token: string;
  case: string | null;
  run: string | null;
  state: string;
  version: string;
  evidence_at_hand: boolean;
}

export interface Feature {
  name: string;
  log_likelihood_ratio: number;
  detail: string;
  evidence: EvidenceRef[];
}

export interface Wave {
  wave_id: string;
  campaign_id: string;
  probability: number;
  prior: number;
  first_seen: Time;
  last_seen: Time;
  message_uids: string[];
  recipients: string[];
  subject: string;
  senders: string[];
  templates: string[];
  target_groups: string[];
  techniques: string[];
  features: Feature[];
}

export interface Link {
  waves: string[];
  classes: string[];
  weight: number;
  detail: string[];
  evidence: EvidenceRef[];
}

export interface Campaign {
  campaign_id: string;
  probability: number;
  wave_ids: string[];
  recipients: string[];
  links: Link[];
  target_groups: string[];
  first_seen: Time;
  last_seen: Time;
}

export type ExposureState = 'targeted' | 'fetched' | 'clicked' | 'unknown';

export interface Exposure {
  recipient: string;
  wave_id: string;
  state: ExposureState;
  time: Time;
  detail: string;
  evidence: EvidenceRef[];
}

export interface Intrusion {
  intrusion_id: string;
  account: string;
  actor: string;
  status: 'active' | 'ended' | 'unknown';
  probability: number;
  prior: number;
  first_access: Time;
  last_access: Time;
  first_access_bounds: string[];
  last_access_bounds: string[];
  start_censored: boolean;
  end_censored: boolean;
  kinds: string[];
  gaps: { from: Time; to: Time; reason: string }[];
  campaign_id: string | null;
  sessions: string[];
  read: string[];
  techniques: string[];
  features: Feature[];
  evidence: EvidenceRef[];
}

export interface Support {
  what: string;
  techniques: string[];
  log_likelihood_ratio: number;
  evidence: EvidenceRef[];
}

export interface Hypothesis {
  campaign_id: string;
  tier: string;
  name: string;
  probability: number;
  prior: number;
  term: string;
  term_scale: string;
  snapshot: string;
  supporting: Support[];
  contradicting: Support[];
  alternatives: string[];
}

export interface Coverage {
  source: string;
  account: string;
  from: Time;
  to: Time;
  inferred: boolean;
  note: string;
}

export interface Person {
  mailbox: string;
  person_id: string;
  name: string;
  institution: string;
  kind: string;
  groups: string[];
}

/** The rows that analysis found, in the order that labels count by, and the case's totals. */
export interface Report {
  run_id: string;
  tool_version: string;
  sources: number;
  findings: number;
  people: Person[];
  totals: Record<'messages' | 'mailboxes' | 'events' | 'fetches' | 'calls' | 'lookups' | 'duplicates', number>;
  coverage: Coverage[];
  waves: Wave[];
  campaigns: Campaign[];
  exposures: Exposure[];
  intrusions: Intrusion[];
  hypotheses: Hypothesis[];
  anomalies: { total: number; counts: { reader: string; reason: string; count: number }[] };
}

/** One sentence of the report and the bytes that it stands on; its text is inert already. */
export interface Statement {
  id: number;
  about: string;
  text: string;
  derivation: string;
  people: string[];
  evidence: EvidenceRef[];
}

export interface Narrative {
  judgements: Statement[][];
  actions: { urgent: boolean; title: string; statement: Statement }[];
  coverage: Statement[];
}

/** What `/overview` gives: the sentences; rows are asked of their tables. */
export interface Overview {
  title: string;
  run: string;
  version: string;
  knowledge: string;
  parameters: Record<string, string>;
  totals: Report['totals'];
  sources: number;
  anomalies: Report['anomalies'];
  questions: { question: string; answer: Statement[] }[];
  actions: Narrative['actions'];
  coverage: Statement[];
  people: Person[];
  labels: Record<string, string>;
}
