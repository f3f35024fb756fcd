//! New knowledge over stored tables: rules, signatures and indicator lists that came after
//! the evidence. No evidence is needed but for signatures over parts of mail, which are
//! read again from their sources.
//!
//! A hunt is a run of its own: its id is of what it depends on, and its findings stand in
//! `findings` beside those of the run that holds, until evidence leaves the case.

pub(super) mod asked;
mod knowledge;
mod signatures;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use demarche_core::{Event, Finding};
use demarche_detect::indicators::Indicators;
use demarche_detect::sigma::records;
use demarche_detect::sigma::{Rejected, RuleSet, Wanted};
use demarche_lake::{Format, HuntAnomaly, Lake, Session, Writer};
use serde_json::json;

use super::{CaseError, Progress, Step, inputs};
use knowledge::Knowledge;

/// What to look for. With nothing named, the rules that ship with the program.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folders or files of Sigma rules, correlations, filters and pipelines.
    pub rules: Vec<PathBuf>,
    /// YARA rule files, or folders of them.
    pub yara: Vec<PathBuf>,
    /// Indicator lists.
    pub indicators: Vec<PathBuf>,
    /// A folder of MISP warninglists, taken off the indicator lists.
    pub warninglists: Option<PathBuf>,
    /// Where the evidence lies now, for YARA; empty where it lay at ingest.
    pub evidence: Vec<PathBuf>,
}

/// What a hunt found.
#[derive(Clone, Debug, Default)]
pub struct Hunted {
    /// Its id.
    pub run_id: String,
    /// Findings.
    pub findings: u64,
    /// Rules loaded, signatures compiled, indicators looked for.
    pub rules: usize,
    /// See [`rules`](Self::rules).
    pub signatures: usize,
    /// See [`rules`](Self::rules).
    pub indicators: usize,
    /// Rules that cannot work here, each with why; sorted.
    pub unusable: Vec<Rejected>,
    /// What else could not be used or looked into.
    pub problems: Vec<String>,
}

/// Hunts and records the run.
///
/// # Errors
/// No case; a file that the user named and that cannot be read; what the case's files say.
pub fn hunt(
    case: &Path,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Hunted, CaseError> {
    // Not through `Writer`, which would make a case where there is none.
    let lake = Lake::open(case)?;
    let mut writer = Writer::open(case)?;
    let mut knowledge = Knowledge::read(request)?;
    let session = super::session(case)?;

    progress(Progress::Begin(Step::Detect, 0));
    let mut findings = Vec::new();
    let mut unusable = knowledge.unusable.clone();
    if let Some(rules) = &knowledge.rules {
        unusable.extend(rules.rejected().iter().cloned());
        findings.extend(ask(rules, &session, &mut unusable)?);
    }
    findings.extend(look_up(&mut knowledge.indicators, &session)?);
    progress(Progress::End);

    let mut anomalies = std::mem::take(&mut knowledge.anomalies);
    let mut problems = knowledge.problems;
    let mut opened = BTreeSet::new();
    if let Some(signatures) = &knowledge.signatures {
        unusable.extend(signatures.rejected().iter().cloned());
        let found = signatures::scan(signatures, &lake, &session, &request.evidence, progress)?;
        findings.extend(found.findings);
        anomalies.extend(found.anomalies);
        problems.extend(found.problems);
        opened = found.sources;
    }
    findings
        .sort_by(|a, b| (a.time, &a.rule, &a.finding_uid).cmp(&(b.time, &b.rule, &b.finding_uid)));
    findings.dedup_by(|a, b| a.finding_uid == b.finding_uid);
    anomalies.sort();
    anomalies.dedup();
    unusable.sort();
    unusable.dedup();

    let run_id = super::analyse::run_id(&json!({
        "hunt": true,
        "sources": lake.manifest().sources(),
        "rules": knowledge.rules.as_ref().map(RuleSet::fingerprint),
        "indicators": knowledge.indicator_digest,
        "warninglists": knowledge.warninglist_digest,
        "yara": knowledge.signatures.as_ref().map(|s| s.fingerprint()),
        "opened": opened,
        "program": env!("CARGO_PKG_VERSION"),
    }));
    let anomalies: Vec<HuntAnomaly> = anomalies.into_iter().map(HuntAnomaly).collect();
    let tables =
        [writer.write_derived(&run_id, &findings)?, writer.write_derived(&run_id, &anomalies)?];
    writer.commit_hunt(&run_id, tables)?;
    super::custody(case).append(
        "hunt",
        json!({ "run": run_id, "findings": findings.len(), "files": knowledge.files,
            "unusable": unusable.len() }),
    )?;
    Ok(Hunted {
        run_id,
        findings: findings.len() as u64,
        rules: knowledge.rules.as_ref().map_or(0, |rules| rules.rules().count()),
        signatures: knowledge.signatures.as_ref().map_or(0, |signatures| signatures.len()),
        indicators: knowledge.indicators.iter().map(Indicators::len).sum(),
        unusable,
        problems,
    })
}

/// Prints the findings of one hunt in their order.
///
/// # Errors
/// What the case's files or the output say.
pub fn show(
    case: &Path,
    run_id: &str,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> Result<(), CaseError> {
    let table = super::query::table("findings")?;
    let session = super::session(case)?;
    session.attach_hunt(&Lake::open(case)?, run_id)?;
    let columns = if format == Format::Text { table.short } else { "*" };
    let sql = format!("SELECT {columns} FROM hunt_findings ORDER BY {}", table.order);
    Ok(session.write(&sql, format, width, out)?)
}

/// Asks rules of the records that can matter to them.
fn ask(
    rules: &RuleSet,
    session: &Session,
    unusable: &mut Vec<Rejected>,
) -> Result<Vec<Finding>, CaseError> {
    let mut providers: BTreeSet<String> = session
        .rows::<Name>("SELECT DISTINCT provider AS name FROM records_events")?
        .into_iter()
        .map(|row| row.name)
        .collect();
    let mut events = Vec::new();
    for provider in &providers {
        events.extend(events_of(session, provider, &rules.wanted(provider))?);
    }
    let fetches = inputs::fetches(session)?;
    let lookups = inputs::lookups(session)?;
    let roster = if lookups.is_empty() { Vec::new() } else { inputs::roster(session)? };
    providers.extend(records::providers(&fetches, &lookups));
    events.extend(asked::asked(&[rules], &fetches, &lookups, &roster));
    let findings = rules.findings(&events);
    unusable.extend(rules.idle(&providers, &events, &findings));
    Ok(findings)
}

#[derive(serde::Deserialize)]
struct Name {
    name: String,
}

/// Events of a provider that rules want, each once, as the `events` table has them.
fn events_of(session: &Session, provider: &str, wanted: &Wanted) -> Result<Vec<Event>, CaseError> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut condition = format!("provider = {}", quoted(provider));
    if let Wanted::Operations(these) = wanted {
        if these.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<String> = these.iter().map(|operation| quoted(operation)).collect();
        let list = list.join(", ");
        // The form of `Wanted::Operations`.
        condition = format!("{condition} AND lower(rtrim(operation, '. ')) IN ({list})");
    }
    let mut events: Vec<Event> =
        session.rows(&format!("SELECT * FROM records_events WHERE {condition}"))?;
    events.sort_by(|a, b| {
        let key =
            |e: &Event| (e.evidence.source.clone(), e.evidence.path.clone(), e.evidence.offset);
        a.event_uid.cmp(&b.event_uid).then_with(|| key(a).cmp(&key(b)))
    });
    events.dedup_by(|a, b| a.event_uid == b.event_uid);
    Ok(events)
}

/// What of indicator lists stands in the observables.
fn look_up(lists: &mut Vec<Indicators>, session: &Session) -> Result<Vec<Finding>, CaseError> {
    if lists.iter().all(Indicators::is_empty) {
        return Ok(Vec::new());
    }
    let shared = std::sync::Arc::new(std::mem::take(lists));
    let asked = std::sync::Arc::clone(&shared);
    session.look_for(std::sync::Arc::new(move |kind, value| {
        asked.iter().any(|list| list.lists(kind, value))
    }));
    let mut observables: Vec<demarche_core::Observable> =
        session.rows("SELECT * FROM observables_rows WHERE listed(type, value)")?;
    observables.sort();
    let findings = shared.iter().flat_map(|list| list.matches(&observables)).collect();
    *lists = shared.to_vec();
    Ok(findings)
}

/// Rules and files that cannot work here, by reason: for people.
#[must_use]
pub fn by_reason(unusable: &[Rejected]) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in unusable {
        let name = if rule.path.is_empty() { &rule.title } else { &rule.path };
        reasons.entry(&rule.reason).or_default().push(name);
    }
    reasons
}
