//! Waves that people hold to be one operator's work, or not: joins and splits.
//!
//! A decision speaks of messages, never of waves: a wave's id changes when a better rule
//! finds one more mail of it, the mail stays. Analysis takes the pairs as must-link and
//! cannot-link; on one pair the later decision holds.

use std::collections::BTreeMap;
use std::path::Path;

use demarche_core::id::short_hash;
use serde::Deserialize;
use serde_json::json;

use super::CaseError;
use super::decisions::{Decision, Decisions};

/// Kinds of decisions that this module writes.
pub(super) const JOIN: &str = "wave_join";
pub(super) const SPLIT: &str = "wave_split";
/// Waves that one decision may speak of.
const MOST: usize = 2_000;

/// What people said of pairs of messages; each pair and the list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) must: Vec<(String, String)>,
    pub(super) cannot: Vec<(String, String)>,
}

impl Links {
    /// Those that decisions in force give.
    pub(super) fn among(decisions: &[Decision]) -> Self {
        let mut last: BTreeMap<(String, String), bool> = BTreeMap::new();
        for decision in decisions {
            let joins = match decision.kind.as_str() {
                JOIN => true,
                SPLIT => false,
                _ => continue,
            };
            let pairs = decision.detail["pairs"].as_array().map_or(&[][..], Vec::as_slice);
            for pair in pairs {
                if let (Some(a), Some(b)) = (pair[0].as_str(), pair[1].as_str()) {
                    last.insert(ordered(a, b), joins);
                }
            }
        }
        let side = |joins: bool| {
            last.iter().filter(|(_, j)| **j == joins).map(|(pair, _)| pair.clone()).collect()
        };
        Self { must: side(true), cannot: side(false) }
    }

    /// Part of a run's id; empty where nobody decided anything.
    pub(super) fn digest(&self) -> String {
        if self.must.is_empty() && self.cannot.is_empty() {
            return String::new();
        }
        let bytes = json!([self.must, self.cannot]).to_string();
        short_hash(&[bytes.as_bytes()])
    }
}

fn ordered(a: &str, b: &str) -> (String, String) {
    if a <= b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

/// Records that waves are one operator's work.
///
/// # Errors
/// [`CaseError::Usage`] for fewer than two waves, or an id that is none.
pub fn join(case: &Path, by: &str, waves: &[String], why: &str) -> Result<Decision, CaseError> {
    let uids = uids(case, waves)?;
    let [first, rest @ ..] = &uids[..] else { return Err(too_few()) };
    let pairs: Vec<_> = rest.iter().map(|other| ordered(first, other)).collect();
    record(case, by, JOIN, waves, &pairs, why)
}

/// Records that a wave is not the work of whoever sent any of `from`.
///
/// # Errors
/// As [`join`].
pub fn split(
    case: &Path,
    by: &str,
    wave: &str,
    from: &[String],
    why: &str,
) -> Result<Decision, CaseError> {
    let mut waves = vec![wave.to_owned()];
    waves.extend(from.iter().filter(|other| *other != wave).cloned());
    let uids = uids(case, &waves)?;
    let [first, rest @ ..] = &uids[..] else { return Err(too_few()) };
    let pairs: Vec<_> = rest.iter().map(|other| ordered(first, other)).collect();
    record(case, by, SPLIT, &waves, &pairs, why)
}

fn too_few() -> CaseError {
    CaseError::Usage {
        what: "a join or split needs two waves".to_owned(),
        hint: "list them: demarche show waves".to_owned(),
    }
}

fn record(
    case: &Path,
    by: &str,
    kind: &str,
    waves: &[String],
    pairs: &[(String, String)],
    why: &str,
) -> Result<Decision, CaseError> {
    if pairs.is_empty() {
        return Err(too_few());
    }
    let subject = waves.first().cloned().unwrap_or_default();
    // The waves are for people who read the log: only pairs hold.
    let detail = json!({ "pairs": pairs, "waves": waves, "why": why });
    Decisions::open(case)?.add(by, kind, &subject, &detail)
}

#[derive(Deserialize)]
struct Row {
    wave_id: String,
    message_uids: Vec<String>,
}

/// The smallest message uid of each wave.
fn uids(case: &Path, waves: &[String]) -> Result<Vec<String>, CaseError> {
    if waves.len() > MOST {
        return Err(CaseError::Usage {
            what: format!("a decision speaks of at most {MOST} waves"),
            hint: "split it in two".to_owned(),
        });
    }
    let rows: Vec<Row> =
        super::session(case)?.rows("SELECT wave_id, message_uids FROM waves ORDER BY wave_id")?;
    let known: BTreeMap<&str, &str> = rows
        .iter()
        .filter_map(|row| Some((row.wave_id.as_str(), row.message_uids.iter().min()?.as_str())))
        .collect();
    let find = |wave: &String| {
        known.get(wave.as_str()).map(|uid| (*uid).to_owned()).ok_or_else(|| CaseError::Usage {
            what: format!("there is no wave `{wave}`"),
            hint: "list them: demarche show waves".to_owned(),
        })
    };
    waves.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarche_core::UtcMicros;

    #[test]
    fn the_later_word_on_a_pair_holds() {
        let decision = |kind: &str, pairs: serde_json::Value| Decision {
            number: 1,
            decided_at: UtcMicros::default(),
            decided_by: "Ada".to_owned(),
            kind: kind.to_owned(),
            subject: String::new(),
            detail: json!({ "pairs": pairs }),
            hash: String::new(),
        };
        let all = [
            decision(JOIN, json!([["m1:b", "m1:a"], ["m1:a", "m1:c"]])),
            decision("note", json!([["m1:x", "m1:y"]])),
            decision(SPLIT, json!([["m1:a", "m1:b"], "nonsense", []])),
        ];
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let links = Links::among(&all);
        assert_eq!(links.must, [pair("m1:a", "m1:c")]);
        assert_eq!(links.cannot, [pair("m1:a", "m1:b")]);
        assert_ne!(links.digest(), Links::among(&all[..1]).digest());
        assert!(Links::default().digest().is_empty());
    }
}
