/** The server's API, as `/api/openapi.json` describes it. */
import type { EvidenceRef, Overview, Row, Session } from './model.ts';

/** An answer that is no answer: what happened, and what to do. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly hint: string | null) {
    super(message);
  }
}

let session: Promise<Session> | null = null;

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, { credentials: 'same-origin', cache: 'no-cache', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', null);
  }
  const text = await response.text();
  if (!response.ok) {
    let told: { error?: string; hint?: string | null } = {};
    try {
      told = JSON.parse(text) as typeof told;
    } catch {
      // not ours: the status says it
    }
    throw new ApiError(response.status, told.error ?? `HTTP ${response.status}`, told.hint ?? null);
  }
  return JSON.parse(text) as T;
}

export function getSession(): Promise<Session> {
  session ??= ask<Session>('/session').catch((error: unknown) => {
    session = null;
    throw error;
  });
  return session;
}

/** The case has changed: whatever is asked next is asked of its new state. */
export function renew(): void {
  session = null;
  tables = null;
}

/** A request that changes something: it carries the session's token. */
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const { token } = await getSession();
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-demarche-token': token },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** The answers to the four questions, and the labels of rows. */
export function getOverview(): Promise<Overview> {
  return ask('/overview');
}

export interface Column {
  name: string;
  type: string;
}

let tables: Promise<{ tables: { name: string; columns: Column[] }[] }> | null = null;

export function getTables(): Promise<{ tables: { name: string; columns: Column[] }[] }> {
  tables ??= ask<{ tables: { name: string; columns: Column[] }[] }>('/tables').catch((error: unknown) => {
    tables = null;
    throw error;
  });
  return tables;
}

export interface TablePage {
  table: string;
  total: number;
  offset: number;
  rows: Row[];
}

export function getRows(table: string, params: URLSearchParams, signal?: AbortSignal): Promise<TablePage> {
  return ask(`/tables/${encodeURIComponent(table)}?${params}`, signal ? { signal } : {});
}

/** All rows of a small table, page by page, at most `most`. */
export async function getAll(table: string, filter: Record<string, string>, most = 5000, signal?: AbortSignal): Promise<TablePage> {
  const rows: Row[] = [];
  let total = 0;
  do {
    const params = new URLSearchParams({ ...filter, limit: '1000', offset: String(rows.length) });
    const page = await getRows(table, params, signal);
    rows.push(...page.rows);
    total = page.total;
    if (page.rows.length === 0) break;
  } while (rows.length < Math.min(total, most));
  return { table, total, offset: 0, rows };
}

export interface Timeline {
  unit: string;
  counts: Record<string, { at: string; n: number }[]>;
  /** Left out where only counts were asked for. */
  claims?: Row[];
}

export function getTimeline(params: URLSearchParams, signal?: AbortSignal): Promise<Timeline> {
  return ask(`/timeline?${params}`, signal ? { signal } : {});
}

export interface SqlAnswer {
  columns: Column[];
  rows: Row[];
  count: number;
  truncated: boolean;
  seconds: number;
}

export function runSql(query: string, limit: number, signal?: AbortSignal): Promise<SqlAnswer> {
  return post('/sql', { query, limit }, signal);
}

export interface Mail {
  rows: Row[];
  copies: { mailbox: string; evidence: EvidenceRef }[];
  privileged: boolean;
  headers: string;
  text: string;
  has_html: boolean;
}

export function getMail(uid: string, signal?: AbortSignal): Promise<Mail> {
  return ask(`/messages/${encodeURIComponent(uid)}`, signal ? { signal } : {});
}

export interface Excerpt {
  evidence: EvidenceRef;
  from: number;
  bytes: string;
  holds: boolean | null;
}

export function getEvidence(place: EvidenceRef, around: number, signal?: AbortSignal): Promise<Excerpt> {
  const params = new URLSearchParams({
    source: place.source, path: place.path, offset: String(place.offset), length: String(place.length),
    sha256: place.sha256, around: String(around),
  });
  return ask(`/evidence?${params}`, signal ? { signal } : {});
}

export interface Custody {
  total: number;
  broken: string | null;
  entries: { seq: number; time: string; who: string; action: string; detail: unknown; previous: string; hash: string }[];
}

export function getCustody(signal?: AbortSignal): Promise<Custody> {
  return ask('/custody', signal ? { signal } : {});
}

export interface Decision {
  number: number;
  decided_at: string;
  decided_by: string;
  kind: string;
  subject: string;
  detail: Record<string, unknown>;
  /** Not taken back. */
  holds: boolean;
}

export interface Decisions {
  decisions: Decision[];
  /** What the tables do not know yet. */
  pending: { decisions: number; analysis: boolean; repeatable: boolean };
}

export function getDecisions(): Promise<Decisions> {
  return ask('/decisions');
}

export interface Job {
  job: number;
  work: { kind: 'hunt' | 'analyse' | 'restate' | 'report' | 'prepare' } & Record<string, unknown>;
  by: string;
  begun: string;
  status: {
    state: 'running' | 'done' | 'failed' | 'cancelled';
    step: string | null;
    total: number;
    done: number;
    result: Record<string, unknown> | null;
    error: string | null;
    hint: string | null;
    ended: string | null;
  };
}

export async function getJobs(): Promise<Job[]> {
  return (await ask<{ jobs: Job[] }>('/jobs')).jobs;
}

export interface Hunted {
  run: string;
  time: string;
  files: unknown;
  findings: number;
  unusable: number | null;
  /** Its findings stand in the case's table. */
  holds: boolean;
}

export async function getHunts(signal?: AbortSignal): Promise<Hunted[]> {
  return (await ask<{ hunts: Hunted[] }>('/hunts', signal ? { signal } : {})).hunts;
}

export function getHunt(run: string, signal?: AbortSignal): Promise<{ run: string; total: number; offset: number; rows: Row[] }> {
  return ask(`/hunts/${encodeURIComponent(run)}?limit=200`, signal ? { signal } : {});
}
