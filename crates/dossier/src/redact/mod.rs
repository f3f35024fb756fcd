//! A dossier for others' eyes, which still proves what it withholds.
//!
//! The model is redacted first and everything made from it afterwards, so that page,
//! model and records cannot differ. Beside them stand the checkpoint of the whole dossier,
//! all leaves of its log, and those of its records that the policy lets pass unchanged: a
//! reader sees that each of these is one of the records that were signed, how many are
//! withheld, and can be shown any of them later and check it.
//!
//! A policy is an allow-list. What it does not name is left out; whom it does not name
//! goes by a pseudonym made with a secret of the case, so that nobody can try names out.

mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use demarche_core::id::{hex, sha256_hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::{
    self, BundleError, CUSTODY, ORIGINAL_CHECKPOINT, ORIGINAL_LOG, ORIGINAL_RECORDS, Sealed,
    Written,
};
use crate::key::SigningKey;
use crate::model::Report;
use crate::records::{self, Line};
use crate::verify::{REWRITTEN, WITHHELD};
use crate::{files, merkle, outputs};

pub(crate) use people::Names;

/// Kinds of rows that a policy can let pass, and the model's field that holds them.
const KINDS: [(&str, &str); 13] = [
    ("source", "sources"),
    ("wave", "waves"),
    ("campaign", "campaigns"),
    ("exposure", "exposures"),
    ("intrusion", "intrusions"),
    ("hypothesis", "hypotheses"),
    ("ach", "ach"),
    ("judgement", "judgements"),
    ("claim", "claims"),
    ("designation", "designations"),
    ("finding", "findings"),
    ("coverage", "coverage"),
    ("person", "people"),
];
/// Further kinds of records.
const MORE_KINDS: [&str; 6] = ["statement", "derivation", "parameters", "range", "anomaly", "hunt"];

/// What may leave, and by what name: an allow-list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, shown in the dossier.
    pub name: String,
    /// TLP 2.0 label of what leaves.
    #[serde(default = "red")]
    pub tlp: String,
    /// Kinds of rows shown.
    pub kinds: BTreeSet<String>,
    /// Fields shown of a kind; a kind that is not here is shown whole, but a person, of
    /// whom nothing is shown but the pseudonym.
    #[serde(default)]
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// Mailboxes, numbers and person ids that may stand as they are.
    #[serde(default)]
    pub people: BTreeSet<String>,
    /// Whether the custody log goes along.
    #[serde(default)]
    pub custody: bool,
}

fn red() -> String {
    "RED".to_owned()
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("policy `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no policy.
    #[error("policy `{path}`: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

impl Policy {
    /// Reads a policy (JSON).
    ///
    /// # Errors
    /// [`PolicyError`]: no such file, unknown fields or kinds, a label that is none.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let shown = path.display().to_string();
        let text = files::read_small(path)
            .map_err(|source| PolicyError::Io { path: shown.clone(), source })?;
        let bad = |reason: String| PolicyError::Malformed { path: shown.clone(), reason };
        let policy: Self = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        policy.check().map_err(bad)?;
        Ok(policy)
    }

    /// Whether it names kinds and a label that there are.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let known = |kind: &String| {
            KINDS.iter().any(|(name, _)| name == kind) || MORE_KINDS.contains(&kind.as_str())
        };
        if let Some(kind) = self.kinds.iter().chain(self.fields.keys()).find(|k| !known(k)) {
            let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).chain(MORE_KINDS).collect();
            return Err(format!("no kind `{kind}`; kinds: {}", kinds.join(", ")));
        }
        if self.name.trim().is_empty() {
            return Err("it has no name".to_owned());
        }
        if crate::words::tlp(&self.tlp) != self.tlp {
            return Err(format!("no TLP label `{}`", self.tlp));
        }
        Ok(())
    }

    fn shows(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }
}

/// The model as `policy` would let it leave, to look at inside the house: pseudonyms are
/// others than those of a dossier, which are made with its signer's key.
///
/// # Errors
/// [`BundleError`]: a model that cannot be rewritten.
pub fn preview(report: &Report, policy: &Policy) -> Result<Report, BundleError> {
    redact(report, policy, &Names::of(report, &policy.people, &[0; 32]))
}

/// Writes the redacted dossier of `report` under `policy`. `report`, `custody` and `key`
/// are those of the whole dossier, which is made again to take its log from.
///
/// # Errors
/// [`BundleError`]; [`BundleError::Refused`] when a name would have leaked.
pub fn write_redacted(
    dir: &Path,
    report: &Report,
    custody: &[u8],
    key: &SigningKey,
    policy: &Policy,
) -> Result<Written, BundleError> {
    bundle::put(dir, &redacted(report, custody, key, policy)?)
}

pub(crate) fn redacted(
    report: &Report,
    custody: &[u8],
    key: &SigningKey,
    policy: &Policy,
) -> Result<Sealed, BundleError> {
    let whole = bundle::whole(report, custody, key)?;
    let pseudonyms = key.case_secret(&format!("{}/pseudonyms", report.run_id));
    let names = Names::of(report, &policy.people, &pseudonyms);
    let shown = redact(report, policy, &names)?;
    let digest = sha256_hex(&serde_json_canonicalizer::to_vec(policy)?);
    // Another secret than the whole dossier's: a salt shown here must not open a leaf there.
    let secret = key.case_secret(&format!("{}/redacted/{digest}", report.run_id));
    let mut payload = outputs::all(&shown)?;
    let lines: Vec<Line> = records::of_report(&shown, Some(&secret))?
        .into_iter()
        .filter(|line| policy.shows(line.kind))
        .collect();
    let ids: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    let (mut log, mut jsonl) = (String::new(), String::new());
    for line in &whole.lines {
        log.push_str(&hex(&merkle::leaf(line.json.as_bytes())));
        let id = names.replace(&line.id);
        if passes(line, policy, &names) {
            jsonl.push_str(&line.json);
            jsonl.push('\n');
            log.push_str(&format!(" {}\n", line.id));
        } else if by_its_own_id(line.kind) && ids.contains(id.as_str()) {
            log.push_str(&format!(" {REWRITTEN}{id}\n"));
        } else {
            log.push_str(&format!(" {WITHHELD}\n"));
        }
    }
    payload.insert(ORIGINAL_LOG.to_owned(), log.into_bytes());
    payload.insert(ORIGINAL_RECORDS.to_owned(), jsonl.into_bytes());
    payload.insert(ORIGINAL_CHECKPOINT.to_owned(), whole.checkpoint.into_bytes());
    if policy.custody {
        payload.insert(CUSTODY.to_owned(), custody.to_vec());
    }
    for (path, bytes) in payload.iter().filter(|(path, _)| !path.ends_with(".pdf")) {
        if let Some(name) = names.leaks(&String::from_utf8_lossy(bytes)) {
            return Err(BundleError::Refused(format!(
                "{path} would name {name}, whom the policy does not let pass"
            )));
        }
    }
    bundle::seal(&shown, lines, payload, key, &secret)
}

/// Records whose number is not their place in a list.
fn by_its_own_id(kind: &str) -> bool {
    !matches!(kind, "statement" | "derivation" | "coverage" | "anomaly")
}

/// Whether a record of the whole dossier may be shown as it is.
fn passes(line: &Line, policy: &Policy, names: &Names) -> bool {
    let about = matches!(line.kind, "bundle" | "output");
    about
        || policy.shows(line.kind)
            && !policy.fields.contains_key(line.kind)
            && names.leaks(&line.json).is_none()
            && names.replace(&line.json) == line.json
}

/// The model as the policy lets it pass.
pub(crate) fn redact(
    report: &Report,
    policy: &Policy,
    names: &Names,
) -> Result<Report, BundleError> {
    let mut model = serde_json::to_value(report)?;
    let mut withheld: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, field) in KINDS {
        let Some(Value::Array(rows)) = model.get_mut(field) else { continue };
        let fields = policy.fields.get(kind);
        if kind == "person" {
            // A person is there for the pseudonym's sake; nothing of it is shown by default.
            let none = BTreeSet::new();
            let fields = fields.unwrap_or(&none);
            rows.iter_mut().for_each(|row| keep(row, fields, &["mailbox"]));
        } else if !policy.shows(kind) {
            if !rows.is_empty() {
                withheld.insert(kind.to_owned(), rows.len() as u64);
            }
            rows.clear();
        } else if let Some(fields) = fields {
            rows.iter_mut().for_each(|row| keep(row, fields, &IDS));
        }
    }
    let mut redacted: Report = serde_json::from_value(names.rewrite(model))?;
    if !policy.shows("anomaly") {
        redacted.anomalies.first.clear();
        redacted.hunt_anomalies.first.clear();
    }
    if !policy.shows("finding") {
        redacted.hunts.clear();
    }
    redacted.withheld = withheld;
    redacted.redacted_by.clone_from(&policy.name);
    redacted.tlp.clone_from(&policy.tlp);
    redacted.run_id.clone_from(&report.run_id);
    redacted.mandate = None;
    Ok(redacted)
}

/// Fields that rows refer to each other by.
const IDS: [&str; 8] = [
    "id",
    "wave_id",
    "campaign_id",
    "intrusion_id",
    "finding_uid",
    "claim_id",
    "recipient",
    "account",
];

/// Empties the fields of a row that are not among `fields`.
fn keep(row: &mut Value, fields: &BTreeSet<String>, always: &[&str]) {
    let Value::Object(map) = row else { return };
    for (name, value) in map {
        if fields.contains(name) || always.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::String(text) => text.clear(),
            Value::Array(items) => items.clear(),
            Value::Object(inner) if inner.contains_key("sha256") => {
                *inner = match serde_json::to_value(demarche_core::EvidenceRef::default()) {
                    Ok(Value::Object(empty)) => empty,
                    _ => serde_json::Map::new(),
                };
            }
            // Numbers, truth values and times say nothing about who; states and
            // probabilities have no empty form.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
