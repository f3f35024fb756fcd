//! `records.jsonl`: one canonical JSON object (RFC 8785) a line.
//!
//! ```text
//! {"id":"wave:w1:...","kind":"wave","row":{...},"salt":"<64 hex digits>","type":"assessment"}
//! ```
//!
//! `type` is `evidence` (a source, a cited range, coverage, an anomaly), `derivation` (how
//! a statement was arrived at), `claim` (what somebody said or listed), `assessment` (a
//! statement or a row of ours, or what somebody in the house judged) or `output` (the dossier itself and its files). The salt is
//! HMAC-SHA-256(case secret, id): who holds a line can check it against the log, and who
//! does not can learn nothing from its leaf, not even by trying out what it may say.

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::path::Path;

use demarche_core::EvidenceRef;
use demarche_core::id::{hex, short_hash};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::key::hmac;
use crate::model::{Report, Statement};
use crate::narrative::Narrative;

/// The file's path in the dossier.
pub(crate) const NAME: &str = "data/records.jsonl";

/// Longest line that is read back.
pub(crate) const MAX_LINE: usize = 64 << 20;

/// Why references cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("records.jsonl: {0}")]
    Io(#[from] std::io::Error),
    /// A line is not a record.
    #[error("records.jsonl line {line}: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// One record: id and canonical JSON without the newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) json: String,
}

#[derive(Serialize)]
struct Record<'a, T: Serialize> {
    id: &'a str,
    kind: &'a str,
    row: &'a T,
    #[serde(skip_serializing_if = "str::is_empty")]
    salt: &'a str,
    r#type: &'a str,
}

/// How a statement was arrived at.
#[derive(Serialize)]
struct Derivation<'a> {
    statement: String,
    step: &'a str,
    rule: &'a str,
    program: &'a str,
    run: &'a str,
    /// The record of the run's priors and floors; empty for another run's.
    parameters: String,
    /// Record ids; `evidence` would hold references.
    ranges: Vec<String>,
}

/// What a record's kind is to a reader of proofs.
fn type_of(kind: &str) -> &'static str {
    match kind {
        "source" | "range" | "coverage" | "anomaly" => "evidence",
        "derivation" | "hunt" | "parameters" => "derivation",
        "claim" | "designation" => "claim",
        "bundle" | "output" | "redaction" => "output",
        _ => "assessment",
    }
}

/// Records in the making, under one secret; without it they carry no salt.
pub(crate) struct Lines<'a> {
    pub(crate) lines: Vec<Line>,
    secret: Option<&'a [u8; 32]>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(secret: Option<&'a [u8; 32]>) -> Self {
        Self { lines: Vec::new(), secret }
    }

    pub(crate) fn add<T: Serialize>(
        &mut self,
        kind: &'static str,
        id: &str,
        row: &T,
    ) -> Result<(), serde_json::Error> {
        // An id stands on a line of its own in the log.
        let id: String = id.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let id = format!("{kind}:{id}");
        let salt = self.secret.map(|secret| hex(&hmac(secret, &[id.as_bytes()])));
        let record = Record {
            id: &id,
            kind,
            row,
            salt: salt.as_deref().unwrap_or_default(),
            r#type: type_of(kind),
        };
        let json = serde_json_canonicalizer::to_string(&record)?;
        self.lines.push(Line { id, kind, json });
        Ok(())
    }
}

/// The record id of a cited range, without its kind.
fn range_id(evidence: &EvidenceRef) -> Result<String, serde_json::Error> {
    Ok(short_hash(&[&serde_json_canonicalizer::to_vec(evidence)?]))
}

/// Step and rule of a derivation as the narrative words it: `wave: token, weight 3 nats`,
/// `rule NAME`, `reader NAME`.
pub(crate) fn step_and_rule(derivation: &str) -> (&str, &str) {
    if let Some(rule) = derivation.strip_prefix("rule ") {
        return ("detect", rule);
    }
    if let Some(reader) = derivation.strip_prefix("reader ") {
        return ("read", reader);
    }
    derivation.split_once(": ").unwrap_or((derivation, ""))
}

/// All records of a report but those of the dossier's files, in a fixed order.
pub(crate) fn of_report(
    report: &Report,
    secret: Option<&[u8; 32]>,
) -> Result<Vec<Line>, serde_json::Error> {
    let narrative = Narrative::of(report);
    let report = &narrative.report;
    let mut lines = Lines::new(secret);
    lines.add("parameters", &report.run_id, &report.parameters)?;
    let statements = narrative.statements();
    for statement in &statements {
        lines.add("statement", &statement.id.to_string(), statement)?;
    }
    for statement in &statements {
        derivation(&mut lines, report, statement)?;
    }
    for row in &report.sources {
        lines.add("source", &format!("{} {}", row.id, row.path), row)?;
    }
    for row in &report.waves {
        lines.add("wave", &row.wave_id, row)?;
    }
    for row in &report.campaigns {
        lines.add("campaign", &row.campaign_id, row)?;
    }
    for row in &report.exposures {
        lines.add("exposure", &format!("{} {}", row.wave_id, row.recipient), row)?;
    }
    for row in &report.intrusions {
        lines.add("intrusion", &row.intrusion_id, row)?;
    }
    for row in &report.hypotheses {
        lines.add("hypothesis", &format!("{} {} {}", row.campaign_id, row.tier, row.name), row)?;
    }
    for row in &report.ach {
        let id = format!("{} {} {} {}", row.campaign_id, row.tier, row.item, row.hypothesis);
        lines.add("ach", &id, row)?;
    }
    for row in &report.judgements {
        lines.add("judgement", &row.number.to_string(), row)?;
    }
    for row in &report.claims {
        lines.add("claim", &row.claim_id, row)?;
    }
    for row in &report.designations {
        lines.add("designation", &format!("{} {} {}", row.list, row.reference, row.name), row)?;
    }
    for row in &report.hunts {
        lines.add("hunt", &row.run_id, row)?;
    }
    for row in &report.findings {
        lines.add("finding", &row.finding_uid, row)?;
    }
    for (at, row) in report.coverage.iter().enumerate() {
        lines.add("coverage", &format!("{}", at + 1), row)?;
    }
    for (at, row) in report.anomalies.first.iter().enumerate() {
        lines.add("anomaly", &format!("{}", at + 1), row)?;
    }
    let cited: BTreeSet<EvidenceRef> = statements
        .iter()
        .flat_map(|statement| &statement.evidence)
        .cloned()
        .chain(crate::evidence::cited(report))
        .collect();
    for evidence in &cited {
        lines.add("range", &range_id(evidence)?, &Range { evidence })?;
    }
    Ok(lines.lines)
}

/// A cited range; the key is the one under which references are found again.
#[derive(Serialize)]
struct Range<'a> {
    evidence: &'a EvidenceRef,
}

fn derivation(
    lines: &mut Lines<'_>,
    report: &Report,
    statement: &Statement,
) -> Result<(), serde_json::Error> {
    let (step, rule) = step_and_rule(&statement.derivation);
    // A later hunt is a run of its own, without priors.
    let (step, run, parameters) = match step.strip_prefix("hunt ") {
        Some(run) => ("hunt", run, String::new()),
        None => (step, report.run_id.as_str(), format!("parameters:{}", report.run_id)),
    };
    let mut ranges = Vec::with_capacity(statement.evidence.len());
    for reference in &statement.evidence {
        ranges.push(format!("range:{}", range_id(reference)?));
    }
    let row = Derivation {
        statement: format!("statement:{}", statement.id),
        step,
        rule,
        program: &report.tool_version,
        run,
        parameters,
        ranges,
    };
    lines.add("derivation", &statement.id.to_string(), &row)
}

/// The model that the dossier in `dir` was made from.
///
/// # Errors
/// [`ReadError`] when the file cannot be read or is no model.
pub fn report_in(dir: &Path) -> Result<Report, ReadError> {
    let bytes = files::read_bounded(&dir.join("data/report.json"), 4 << 30)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ReadError::Line { line: error.line(), reason: error.to_string() })
}

/// One line for each record of the dossier in `dir` that `report` does not give again: salts
/// and the records about the dossier's own files are left out of the comparison.
///
/// # Errors
/// [`ReadError`] when the records cannot be read.
pub fn differing_records(dir: &Path, report: &Report) -> Result<Vec<String>, ReadError> {
    let json = |error: serde_json::Error| ReadError::Line { line: 0, reason: error.to_string() };
    let mut made: std::collections::BTreeMap<String, String> = of_report(report, None)
        .map_err(json)?
        .into_iter()
        .map(|line| (line.id, line.json))
        .collect();
    let mut differing = Vec::new();
    for (at, line) in files::lines(&dir.join(NAME))?.lines().enumerate() {
        let line = line?;
        let bad = |reason: String| ReadError::Line { line: at + 1, reason };
        let mut value: serde_json::Value =
            serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
        let Some(record) = value.as_object_mut() else {
            return Err(bad("not a record".to_owned()));
        };
        record.remove("salt");
        let text = |name: &str| record.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        let (id, kind) = (text("id").to_owned(), text("type").to_owned());
        if kind == "output" {
            continue;
        }
        let shown = crate::inert(&id, 160);
        match made.remove(&id) {
            None => differing.push(format!("record {shown}: does not come out again")),
            Some(again) => {
                let stored = serde_json_canonicalizer::to_string(&value).map_err(json)?;
                if stored != again {
                    differing.push(format!("record {shown}: comes out otherwise"));
                }
            }
        }
    }
    let missing = made.into_keys().map(|id| {
        format!("record {}: comes out and is not in the dossier", crate::inert(&id, 160))
    });
    differing.extend(missing);
    Ok(differing)
}

/// Every byte range that the records of the dossier in `dir` cite, sorted, each once.
///
/// # Errors
/// [`ReadError`] when the file cannot be read or a line is not JSON.
pub fn cited_in(dir: &Path) -> Result<Vec<EvidenceRef>, ReadError> {
    let mut all = BTreeSet::new();
    for (at, line) in files::lines(&dir.join(NAME))?.lines().enumerate() {
        let line = line?;
        let bad = |reason: String| ReadError::Line { line: at + 1, reason };
        if line.len() > MAX_LINE {
            return Err(bad("longer than 64 MiB".to_owned()));
        }
        let value: serde_json::Value =
            serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
        collect(&value, &mut all).map_err(|error| bad(error.to_string()))?;
    }
    Ok(all.into_iter().filter(|evidence: &EvidenceRef| evidence.length > 0).collect())
}

/// References stand under the key `evidence`, one or a list, at any depth; the depth is
/// bounded by serde_json's own limit of 128.
fn collect(
    value: &serde_json::Value,
    all: &mut BTreeSet<EvidenceRef>,
) -> Result<(), serde_json::Error> {
    use serde_json::Value;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, all)),
        Value::Object(fields) => fields.iter().try_for_each(|(key, field)| match field {
            Value::Array(items) if key == "evidence" => items.iter().try_for_each(|item| {
                all.insert(EvidenceRef::deserialize(item)?);
                Ok(())
            }),
            Value::Object(_) if key == "evidence" => {
                all.insert(EvidenceRef::deserialize(field)?);
                Ok(())
            }
            other => collect(other, all),
        }),
        _ => Ok(()),
    }
}
