//! The signed dossier of the run that holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use demarche_core::source::{hash_file_with, list};
use demarche_core::{Anomaly, Finding, RosterEntry, custody};
use demarche_dossier::{
    AnomalySummary, ClaimRow, Decided, Hunt, Person, Report, SigningKey, SourceFact, Totals,
    Written,
};
use demarche_lake::{Lake, Session, TABLES};
use rayon::prelude::*;
use serde_json::json;

use super::{CaseError, Progress, Step, decisions, documents, inputs, locations, mandate};

/// Findings that a dossier lists.
const MOST_FINDINGS: usize = 10_000;

/// What to write, and where.
#[derive(Debug)]
pub struct Request {
    /// The dossier's folder.
    pub out: PathBuf,
    /// The signer's key.
    pub key: SigningKey,
    /// Where the evidence lies now, to hash it again; empty for where it lay at ingest.
    pub evidence: Vec<PathBuf>,
    /// `en`, `de` or `fr`; empty for `en`.
    pub language: String,
    /// TLP 2.0 label; empty for `RED`.
    pub tlp: String,
    /// For whom; may be empty.
    pub generated_for: String,
    /// A policy to redact under.
    pub redact: Option<PathBuf>,
}

impl Request {
    /// The whole dossier in English, for its named recipients only.
    #[must_use]
    pub fn new(out: PathBuf, key: SigningKey) -> Self {
        Self {
            out,
            key,
            evidence: Vec::new(),
            language: String::new(),
            tlp: String::new(),
            generated_for: String::new(),
            redact: None,
        }
    }
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The dossier.
    pub written: Written,
    /// The model it was made from.
    pub report: Report,
    /// Sources whose bytes are no longer those that were ingested.
    pub changed: Vec<String>,
    /// Sources that are no longer where they were.
    pub gone: Vec<String>,
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
    let policy = request.redact.as_deref().map(demarche_dossier::Policy::read).transpose()?;
    let (lake, run_id) = run_of(case)?;
    let places = match request.evidence.as_slice() {
        [] => locations::known(case),
        given => given.to_vec(),
    };
    let (changed, gone) = rehash(&lake, &places, progress)?;
    let log = super::custody(case);
    let entries = mandate::entries(case)?;
    let bytes = super::query::read_steering(log.path())?;
    let hunts: BTreeSet<&str> = lake.manifest().hunts.keys().map(String::as_str).collect();
    let (custody, made) = mandate::head(&bytes, &entries, &run_id, &hunts);
    let session = super::session(case)?;
    let later = Later::of(&lake, &session, &run_id)?;
    let mut report = model(&lake, &session, run_id, later)?;
    report.generated_at = custody::source_date_epoch().or(made);
    report.mandate = mandate::stated(&before(&entries, &custody));
    report.changed_sources.clone_from(&changed);
    if !request.language.is_empty() {
        report.language.clone_from(&request.language);
    }
    if !request.tlp.is_empty() {
        report.tlp.clone_from(&request.tlp);
    }
    report.generated_for.clone_from(&request.generated_for);
    let (out, key) = (&request.out, &request.key);
    let written = match &policy {
        None => demarche_dossier::write(out, &report, &custody, key)?,
        Some(policy) => demarche_dossier::write_redacted(out, &report, &custody, key, policy)?,
    };
    log.append(
        "report",
        json!({ "run": report.run_id, "out": request.out, "signer": key.public().to_string(),
            "root": written.root, "redacted_by": policy.map(|policy| policy.name),
            "changed": changed, "gone": gone }),
    )?;
    Ok(Reported { written, report, changed, gone })
}

/// The model of the run that holds, in another language than English.
///
/// # Errors
/// As [`preview`].
pub fn current(case: &Path, language: &str) -> Result<Report, CaseError> {
    let mut report = preview(case)?;
    language.clone_into(&mut report.language);
    Ok(report)
}

/// The model of a case that another report was made of, with what only that one knows: how
/// it is worded, and what later hunts found.
pub(super) fn again(case: &Path, run_id: String, stored: &Report) -> Result<Report, CaseError> {
    let later = Later {
        findings: stored
            .findings
            .iter()
            .filter(|finding| stored.hunt_of(&finding.finding_uid).is_some())
            .cloned()
            .collect(),
        hunts: stored.hunts.clone(),
        told: stored.hunt_anomalies.clone(),
        ..Later::default()
    };
    let made = model(&Lake::open(case)?, &super::session(case)?, run_id, later)?;
    Ok(Report {
        title: stored.title.clone(),
        language: stored.language.clone(),
        tlp: stored.tlp.clone(),
        generated_for: stored.generated_for.clone(),
        generated_at: stored.generated_at,
        mandate: stored.mandate.clone(),
        changed_sources: stored.changed_sources.clone(),
        ..made
    })
}

fn run_of(case: &Path) -> Result<(Lake, String), CaseError> {
    let lake = Lake::open(case)?;
    let run_id = lake.manifest().run.clone().ok_or_else(|| CaseError::Usage {
        what: "the case has not been analysed since its evidence last changed".to_owned(),
        hint: format!("run `demarche investigate --case {}`", case.display()),
    })?;
    Ok((lake, run_id))
}

/// The entries that a part of the log holds.
fn before(entries: &[custody::Entry], log: &[u8]) -> Vec<custody::Entry> {
    let lines = log.split(|byte| *byte == b'\n');
    let last = lines.rev().find_map(|line| serde_json::from_slice::<custody::Entry>(line).ok());
    let last = last.map_or(0, |entry| entry.seq);
    entries.iter().filter(|entry| entry.seq <= last).cloned().collect()
}

/// Hashes all sources again: originals must be what was ingested. Returns those that
/// changed and those that are gone.
fn rehash(
    lake: &Lake,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Vec<String>, Vec<String>), CaseError> {
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for argument in evidence {
        // A folder that has gone makes its sources missing, below.
        if let Ok((found, _)) = list(argument) {
            for file in found {
                files.entry(file.display).or_default().push(file.path);
            }
        }
    }
    let sources = lake.manifest().sources();
    progress(Progress::Begin(Step::Hash, sources.iter().map(|source| source.bytes).sum()));
    let hashed: Vec<Option<Result<bool, CaseError>>> = sources
        .par_iter()
        .map(|source| {
            let paths = files.get(&source.path)?;
            let mut same = false;
            for path in paths {
                // Two arguments may hold files of one name.
                match hash_file_with(path, &mut |n| progress(Progress::Advance(n))) {
                    Ok(hashed) => same |= hashed.id.as_str() == source.id,
                    Err(error) => return Some(Err(error.into())),
                }
            }
            Some(Ok(same))
        })
        .collect();
    progress(Progress::End);
    let (mut changed, mut gone) = (Vec::new(), Vec::new());
    for (source, hashed) in sources.iter().zip(hashed) {
        match hashed {
            None => gone.push(format!("`{}`: no longer there", source.path)),
            Some(same) => {
                if !same? {
                    changed.push(format!("`{}`: its bytes have changed since ingest", source.path));
                }
            }
        }
    }
    Ok((changed, gone))
}

/// The model of the run that holds, as [`report`] would write it; nothing is hashed again
/// and nothing is written.
///
/// # Errors
/// [`CaseError::Usage`] when the case has no run; else what its files say.
pub fn preview(case: &Path) -> Result<Report, CaseError> {
    let (lake, run_id) = run_of(case)?;
    let session = super::session(case)?;
    let later = Later::of(&lake, &session, &run_id)?;
    model(&lake, &session, run_id, later)
}

/// What later hunts added to the tables of the run.
#[derive(Default)]
struct Later {
    hunts: Vec<Hunt>,
    /// Findings that only they made, and a reader gets.
    findings: Vec<Finding>,
    /// All that only they made.
    uids: BTreeSet<String>,
    anomalies: BTreeMap<Anomaly, usize>,
    told: AnomalySummary,
}

impl Later {
    fn of(lake: &Lake, session: &Session, run_id: &str) -> Result<Self, CaseError> {
        if lake.manifest().hunts.is_empty() {
            return Ok(Self::default());
        }
        session.attach_hunt(lake, run_id)?;
        let own: Vec<Finding> = session.rows("SELECT * FROM hunt_findings")?;
        let own: BTreeSet<String> = own.into_iter().map(|row| row.finding_uid).collect();
        let mut later = Self::default();
        for run in lake.manifest().hunts.keys() {
            session.attach_hunt(lake, run)?;
            let mut found: Vec<Finding> = session.rows("SELECT * FROM hunt_findings")?;
            // What the run or an earlier hunt of this list has found is theirs.
            found.retain(|row| {
                !own.contains(&row.finding_uid) && later.uids.insert(row.finding_uid.clone())
            });
            found.retain(is_told);
            found.sort_by(|a, b| (a.time, &a.finding_uid).cmp(&(b.time, &b.finding_uid)));
            found.truncate(MOST_FINDINGS.saturating_sub(later.findings.len()));
            let findings = found.iter().map(|row| row.finding_uid.clone()).collect();
            later.hunts.push(Hunt { run_id: run.clone(), findings });
            later.findings.append(&mut found);
        }
        let anomalies: Vec<Anomaly> =
            session.rows("SELECT evidence, reader, reason FROM derived_hunt_anomalies")?;
        later.told = AnomalySummary::of(&anomalies);
        for anomaly in anomalies {
            *later.anomalies.entry(anomaly).or_default() += 1;
        }
        Ok(later)
    }

    /// Whether an anomaly of the case is one of theirs; each is taken once.
    fn takes(&mut self, anomaly: &Anomaly) -> bool {
        match self.anomalies.get_mut(anomaly).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                true
            }
            None => false,
        }
    }
}

/// What rules say of every download and every synchronised folder is context for analysis;
/// a reader gets what somebody should look at, the rest by `show findings`.
fn is_told(finding: &Finding) -> bool {
    !matches!(finding.severity.as_str(), "informational" | "low")
}

/// The report model from the tables.
fn model(
    lake: &Lake,
    session: &Session,
    run_id: String,
    mut later: Later,
) -> Result<Report, CaseError> {
    let mut anomalies: Vec<Anomaly> = ordered(session, "anomalies")?;
    anomalies.retain(|anomaly| !later.takes(anomaly));
    let intrusions: Vec<demarche_core::Intrusion> = ordered(session, "intrusions")?;
    let exposures: Vec<demarche_core::Exposure> = ordered(session, "exposures")?;
    let mut hypotheses: Vec<demarche_core::Hypothesis> = ordered(session, "hypotheses")?;
    // A dossier leaves the house: names need two people's approval.
    let decided = decisions::read(lake.dir())?;
    let decided =
        Decided { count: decided.len() as u64, head: decisions::head(&decided).to_owned() };
    let approvals = super::approvals::Approvals::of(lake.dir())?;
    let mut ach: Vec<demarche_core::AchCell> = ordered(session, "ach")?;
    let mut judgements: Vec<demarche_core::Judgement> = ordered(session, "judgements")?;
    let mut designations: Vec<demarche_core::NamedDesignation> = ordered(session, "designations")?;
    let veil = approvals.veil(&hypotheses, &ach, &judgements);
    veil.hypotheses(&mut hypotheses);
    veil.cells(&mut ach);
    veil.judgements(&mut judgements);
    veil.designations(&mut designations);
    let knowledge = super::query::knowledge(None)?;
    let roster = inputs::roster(session)?;
    let mut findings: Vec<Finding> = ordered(session, "findings")?;
    findings.retain(|finding| !later.uids.contains(&finding.finding_uid));
    let all = findings.len();
    findings.retain(is_told);
    findings.truncate(MOST_FINDINGS);
    let left = format!("{} of {all}; the rest: show findings", findings.len());
    findings.append(&mut later.findings);
    let set = lake.manifest().parameters.iter();
    let mut parameters: BTreeMap<String, String> =
        set.map(|(name, value)| (name.replace('_', " "), value.get().to_string())).collect();
    parameters.insert("findings in this dossier".to_owned(), left);
    let claims: Vec<ClaimRow> = ordered(session, "claims")?;
    let mut report = Report {
        parameters,
        run_id,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        knowledge_snapshot: hypotheses
            .first()
            .map_or_else(|| knowledge.snapshot_label(), |h| h.snapshot.clone()),
        knowledge_notice: demarche_analysis::attribution::knowledge::NOTICE.to_owned(),
        sources: sources(lake, &anomalies, &claims)?,
        totals: totals(lake, session)?,
        coverage: ordered(session, "coverage")?,
        waves: ordered(session, "waves")?,
        campaigns: ordered(session, "campaigns")?,
        claims,
        findings,
        hunts: later.hunts,
        hunt_anomalies: later.told,
        decided,
        anomalies: AnomalySummary::of(&anomalies),
        exposures,
        intrusions,
        hypotheses,
        ach,
        judgements,
        designations,
        ..Report::default()
    };
    let people = people(&roster, &named(&report));
    report.people = people;
    Ok(report)
}

/// Every mailbox and number that a row names: roster entries of others stay out.
fn named(report: &Report) -> BTreeSet<&str> {
    let intrusions = report.intrusions.iter().map(|row| row.account.as_str());
    let exposures = report.exposures.iter().map(|row| row.recipient.as_str());
    let waves = report.waves.iter().flat_map(|row| &row.recipients).map(String::as_str);
    let findings = report.findings.iter().map(|row| row.subject.as_str());
    let coverage = report.coverage.iter().map(|row| row.account.as_str());
    intrusions.chain(exposures).chain(waves).chain(findings).chain(coverage).collect()
}

/// A contract table as structs, in its total order.
fn ordered<T: serde::de::DeserializeOwned>(
    session: &Session,
    name: &str,
) -> Result<Vec<T>, CaseError> {
    let order = TABLES.iter().find(|table| table.name == name).map_or("1", |table| table.order);
    Ok(session.rows(&format!("SELECT * FROM {name} ORDER BY {order}"))?)
}

/// Evidence files, and the statements and lists that claims and designations stand in.
fn sources(
    lake: &Lake,
    anomalies: &[Anomaly],
    claims: &[ClaimRow],
) -> Result<Vec<SourceFact>, CaseError> {
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
    let documents = documents::list(lake.dir())?.into_iter().map(|document| SourceFact {
        records: document.read.values().sum::<u64>()
            + claims.iter().filter(|claim| claim.source == document.id).count() as u64,
        id: document.id,
        path: document.path,
        bytes: document.bytes,
        format: document.formats.join(", "),
        anomalies: 0,
    });
    Ok(facts.chain(documents).collect())
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
    #[derive(serde::Deserialize)]
    struct Mailbox {
        messages: i64,
    }
    let mailboxes: Vec<Mailbox> =
        session.rows("SELECT count(*) AS messages FROM messages GROUP BY mailbox")?;
    // Ids straight from the records: which copy of a record is taken does not matter here.
    let count =
        |id: &str, table: &str| session.count(&format!("SELECT DISTINCT {id} FROM {table}"));
    let mut totals = Totals {
        messages: count("message_uid", "records_messages")?,
        mailboxes: mailboxes.len() as u64,
        events: count("event_uid", "records_events")?,
        fetches: count("fetch_uid", "records_fetches")?,
        calls: count("call_uid", "records_calls")?,
        lookups: count("lookup_uid", "records_record_lookups")?,
        duplicates: 0,
    };
    let kept = mailboxes.iter().filter_map(|row| u64::try_from(row.messages).ok()).sum::<u64>()
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
