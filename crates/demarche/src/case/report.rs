//! The signed dossier of the run that holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use demarche_core::source::{hash_file_with, list};
use demarche_core::{Anomaly, RosterEntry};
use demarche_dossier::{AnomalySummary, Person, Report, SigningKey, SourceFact, Totals, Written};
use demarche_lake::{Lake, Session, TABLES};
use serde_json::json;

use super::{CaseError, Progress, Step, inputs};

/// Findings that a dossier lists.
const MOST_FINDINGS: usize = 10_000;

/// What to write, and where.
#[derive(Clone, Debug)]
pub struct Request {
    /// The dossier's folder.
    pub out: PathBuf,
    /// The signer's key, made on first need.
    pub key: PathBuf,
    /// Where the evidence lies now, to hash it again; empty leaves that out.
    pub evidence: Vec<PathBuf>,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The dossier.
    pub written: Written,
    /// The model it was made from.
    pub report: Report,
    /// Sources whose bytes are no longer those that were ingested, or that are gone.
    pub changed: Vec<String>,
}

/// Writes the dossier of the run that holds.
///
/// # Errors
/// [`CaseError::Usage`] when the case has no run; else what files and key say.
pub fn report(
    case: &Path,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Reported, CaseError> {
    let lake = Lake::open(case)?;
    let run_id = lake.manifest().run.clone().ok_or_else(|| not_analysed(case))?;
    let changed = rehash(&lake, &request.evidence, progress)?;
    let session = super::session(case)?;
    let report = model(&lake, &session, run_id)?;
    let key = SigningKey::read_or_create(&request.key)?;
    let log = super::custody(case);
    log.append(
        "report",
        json!({ "run": report.run_id, "out": request.out, "signer": key.public().to_string(),
            "sources_hashed_again": !request.evidence.is_empty(), "changed": changed }),
    )?;
    log.verify()?;
    let custody = super::query::read_steering(log.path())?;
    let written = demarche_dossier::write(&request.out, &report, &custody, &key)?;
    Ok(Reported { written, report, changed })
}

/// Hashes all sources again: originals must be what was ingested.
fn rehash(
    lake: &Lake,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<String>, CaseError> {
    if evidence.is_empty() {
        return Ok(Vec::new());
    }
    let mut files = BTreeMap::new();
    for argument in evidence {
        // A folder that has gone makes its sources missing, below.
        if let Ok((found, _)) = list(argument) {
            files.extend(found.into_iter().map(|file| (file.display, file.path)));
        }
    }
    let sources = lake.manifest().sources();
    progress(Progress::Begin(Step::Hash, sources.iter().map(|source| source.bytes).sum()));
    let mut changed = Vec::new();
    for source in sources {
        match files.get(&source.path) {
            None => changed.push(format!("`{}`: no longer there", source.path)),
            Some(path) => {
                let hashed = hash_file_with(path, &mut |n| progress(Progress::Advance(n)))?;
                if hashed.id.as_str() != source.id {
                    changed.push(format!("`{}`: its bytes have changed since ingest", source.path));
                }
            }
        }
    }
    progress(Progress::End);
    Ok(changed)
}

/// The model of the run that holds, as [`report`] would write it; nothing is hashed again
/// and nothing is written.
///
/// # Errors
/// [`CaseError::Usage`] when the case has no run; else what its files say.
pub fn preview(case: &Path) -> Result<Report, CaseError> {
    let lake = Lake::open(case)?;
    let run_id = lake.manifest().run.clone().ok_or_else(|| not_analysed(case))?;
    model(&lake, &super::session(case)?, run_id)
}

fn not_analysed(case: &Path) -> CaseError {
    CaseError::Usage {
        what: "the case has not been analysed since its evidence last changed".to_owned(),
        hint: format!("run `demarche investigate --case {}`", case.display()),
    }
}

/// The report model from the tables.
fn model(lake: &Lake, session: &Session, run_id: String) -> Result<Report, CaseError> {
    let anomalies: Vec<Anomaly> = ordered(session, "anomalies")?;
    let intrusions: Vec<demarche_core::Intrusion> = ordered(session, "intrusions")?;
    let exposures: Vec<demarche_core::Exposure> = ordered(session, "exposures")?;
    let hypotheses: Vec<demarche_core::Hypothesis> = ordered(session, "hypotheses")?;
    let knowledge = super::query::knowledge(None)?;
    let named: BTreeSet<&str> = intrusions
        .iter()
        .map(|i| i.account.as_str())
        .chain(exposures.iter().map(|e| e.recipient.as_str()))
        .collect();
    let roster = inputs::roster(session)?;
    // What rules say of every download and every synchronised folder is context for
    // analysis; a reader gets what somebody should look at, the rest by `show findings`.
    let findings: Vec<demarche_core::Finding> = ordered(session, "findings")?;
    let all = findings.len();
    let findings: Vec<_> = findings
        .into_iter()
        .filter(|finding| !matches!(finding.severity.as_str(), "informational" | "low"))
        .take(MOST_FINDINGS)
        .collect();
    let left = format!("{} of {all}; the rest: show findings", findings.len());
    let set = lake.manifest().parameters.iter();
    let mut parameters: BTreeMap<String, String> =
        set.map(|(name, value)| (name.replace('_', " "), value.get().to_string())).collect();
    parameters.insert("findings in this dossier".to_owned(), left);
    Ok(Report {
        parameters,
        run_id,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        knowledge_snapshot: hypotheses
            .first()
            .map_or_else(|| knowledge.snapshot_label(), |h| h.snapshot.clone()),
        knowledge_notice: demarche_analysis::attribution::knowledge::NOTICE.to_owned(),
        sources: sources(lake, &anomalies),
        people: people(&roster, &named),
        totals: totals(lake, session)?,
        coverage: ordered(session, "coverage")?,
        waves: ordered(session, "waves")?,
        campaigns: ordered(session, "campaigns")?,
        findings,
        anomalies: AnomalySummary::of(&anomalies),
        exposures,
        intrusions,
        hypotheses,
        ..Report::default()
    })
}

/// A contract table as structs, in its total order.
fn ordered<T: serde::de::DeserializeOwned>(
    session: &Session,
    name: &str,
) -> Result<Vec<T>, CaseError> {
    let order = TABLES.iter().find(|table| table.name == name).map_or("1", |table| table.order);
    Ok(session.rows(&format!("SELECT * FROM {name} ORDER BY {order}"))?)
}

fn sources(lake: &Lake, anomalies: &[Anomaly]) -> Vec<SourceFact> {
    let mut met: BTreeMap<&str, u64> = BTreeMap::new();
    for anomaly in anomalies {
        *met.entry(anomaly.evidence.source.as_str()).or_default() += 1;
    }
    let facts = lake.manifest().sources().into_iter().map(|source| SourceFact {
        id: source.id.clone(),
        path: source.path.clone(),
        bytes: source.bytes,
        format: source.formats.join(", "),
        records: source.read.values().sum(),
        anomalies: met.get(source.id.as_str()).copied().unwrap_or(0),
    });
    facts.collect()
}

fn people(roster: &[RosterEntry], named: &BTreeSet<&str>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for entry in roster {
        for name in entry.addresses.iter().chain(&entry.phones) {
            if named.contains(name.as_str()) {
                people.push(Person {
                    mailbox: name.clone(),
                    person_id: entry.person_id.clone(),
                    name: entry.name.clone(),
                    institution: entry.institution.clone(),
                    kind: entry.kind.clone(),
                    groups: entry.groups.clone(),
                });
            }
        }
    }
    people.sort();
    people.dedup();
    people
}

fn totals(lake: &Lake, session: &Session) -> Result<Totals, CaseError> {
    let count = |sql: &str| session.count(sql);
    let mut totals = Totals {
        messages: count("SELECT DISTINCT message_uid FROM messages")?,
        mailboxes: count("SELECT DISTINCT mailbox FROM messages")?,
        events: count("SELECT event_uid FROM events")?,
        fetches: count("SELECT fetch_uid FROM fetches")?,
        calls: count("SELECT call_uid FROM calls")?,
        lookups: count("SELECT lookup_uid FROM record_lookups")?,
        duplicates: 0,
    };
    let kept = count("SELECT message_uid FROM messages")?
        + totals.events
        + totals.fetches
        + totals.calls
        + totals.lookups;
    let read: u64 = ["messages", "events", "fetches", "calls", "record_lookups"]
        .iter()
        .map(|kind| lake.manifest().read(kind))
        .sum();
    totals.duplicates = read.saturating_sub(kept);
    Ok(totals)
}
