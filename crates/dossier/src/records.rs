//! `records.jsonl`: one canonical JSON object (RFC 8785) a line, for each statement and
//! each row, with its evidence references.
//!
//! A record is `{"id": ..., "kind": ..., "row": {...}}`. Ids are unique: `statement:17`,
//! `wave:w1:...`, `exposure:<wave> <recipient>`, and a running number where a row has no
//! id of its own. The lines follow from the model, so that `verify` can say which record
//! a change touched.

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::path::Path;

use demarche_core::EvidenceRef;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::model::Report;
use crate::narrative::Narrative;

/// The file's name.
pub(crate) const NAME: &str = "records.jsonl";

/// Longest line that is read back.
const MAX_LINE: usize = 64 << 20;

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

/// One line: id and canonical JSON without the newline.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) json: String,
}

#[derive(Serialize)]
struct Record<'a, T: Serialize> {
    id: &'a str,
    kind: &'a str,
    row: &'a T,
}

struct Lines(Vec<Line>);

impl Lines {
    fn add<T: Serialize>(
        &mut self,
        kind: &str,
        id: &str,
        row: &T,
    ) -> Result<(), serde_json::Error> {
        let id = format!("{kind}:{id}");
        let json = serde_json_canonicalizer::to_string(&Record { id: &id, kind, row })?;
        self.0.push(Line { id, json });
        Ok(())
    }
}

/// All records of a report, in a fixed order.
pub(crate) fn lines(report: &Report) -> Result<Vec<Line>, serde_json::Error> {
    let narrative = Narrative::of(report);
    let report = &narrative.report;
    let mut lines = Lines(Vec::new());
    for statement in narrative.statements() {
        lines.add("statement", &statement.id.to_string(), statement)?;
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
    for row in &report.findings {
        lines.add("finding", &row.finding_uid, row)?;
    }
    for (at, row) in report.coverage.iter().enumerate() {
        lines.add("coverage", &format!("{}", at + 1), row)?;
    }
    for (at, row) in report.anomalies.first.iter().enumerate() {
        lines.add("anomaly", &format!("{}", at + 1), row)?;
    }
    Ok(lines.0)
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
