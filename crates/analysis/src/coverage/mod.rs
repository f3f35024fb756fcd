//! What the evidence leaves out in silence: holes in what could have been seen.
//!
//! An export that was cut, a mailbox whose reads were no longer listed, events that had
//! expired, a log that says nothing for days although its house never sleeps: each is a
//! [`Hole`], which splits the rows of coverage ([`cut`]) and is told as an anomaly
//! ([`anomalies`]). All of them are suspicions and say so. A hole never says that nothing
//! happened in it, and never that somebody made it.

mod expiry;
mod exports;
mod rhythm;
mod silence;
mod throttle;

#[cfg(test)]
mod tests;

pub use expiry::{Expiry, expired};
pub use exports::cut_exports;
pub use rhythm::Series;
pub use silence::{Silence, of_account, of_house};
pub(crate) use throttle::says_throttled;
pub use throttle::throttled;

use std::collections::BTreeSet;

use demarche_core::{Anomaly, CoverageEntry, EvidenceRef, UtcMicros};

/// A time in which something may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    /// Evidence kind, as in [`CoverageEntry`].
    pub source: String,
    /// Account, lower case; empty means all.
    pub account: String,
    /// The last that was seen before it.
    pub from: UtcMicros,
    /// The first that was seen after it.
    pub to: UtcMicros,
    /// Why it is suspected.
    pub reason: String,
    /// A record at its edge, or the export that was cut.
    pub evidence: EvidenceRef,
}

/// Something that coverage of an account lacks throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// Evidence kind.
    pub source: String,
    /// Account, lower case.
    pub account: String,
    /// What could not be seen, and why that is thought.
    pub note: String,
}

/// Rows of coverage with the holes cut out and what is lacking noted.
///
/// A hole of one account cuts that account's rows, which are made of the rows for all
/// where it has none. Parts of a stated row are inferred and keep the statement's
/// reference. A hole that swallows a whole row leaves it as it is: more is claimed by the
/// statement than a suspicion can take back.
#[must_use]
pub fn cut(mut rows: Vec<CoverageEntry>, holes: &[Hole], lacks: &[Lack]) -> Vec<CoverageEntry> {
    let mut own: BTreeSet<(&str, &str)> =
        holes.iter().map(|hole| (hole.source.as_str(), hole.account.as_str())).collect();
    own.extend(lacks.iter().map(|lack| (lack.source.as_str(), lack.account.as_str())));
    for (source, account) in own.into_iter().filter(|(_, account)| !account.is_empty()) {
        let of_source = |row: &&CoverageEntry| row.source == source;
        if rows.iter().filter(of_source).any(|row| row.account == account) {
            continue;
        }
        let for_all = rows.iter().filter(of_source).filter(|row| row.account.is_empty());
        let made: Vec<CoverageEntry> = for_all
            .map(|row| CoverageEntry {
                account: account.to_owned(),
                inferred: true,
                evidence: None,
                ..row.clone()
            })
            .collect();
        rows.extend(made);
    }
    for lack in lacks {
        let of_lack = |row: &&mut CoverageEntry| {
            row.source == lack.source && row.account == lack.account && row.inferred
        };
        rows.iter_mut().filter(of_lack).for_each(|row| note(row, &lack.note));
    }
    rows = rows.into_iter().flat_map(|row| split(row, holes)).collect();
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}

fn key(row: &CoverageEntry) -> (&str, &str, Option<UtcMicros>, Option<UtcMicros>, &str) {
    (&row.source, &row.account, row.from, row.to, &row.note)
}

fn note(row: &mut CoverageEntry, text: &str) {
    // A row in many pieces need not tell of each cut.
    const LONGEST: usize = 600;
    if !row.note.contains(text) && row.note.len() < LONGEST {
        let joint = if row.note.is_empty() { "" } else { "; " };
        row.note = format!("{}{joint}{text}", row.note);
    }
}

/// What is left of a row beside its holes.
fn split(mut row: CoverageEntry, holes: &[Hole]) -> Vec<CoverageEntry> {
    let mut own: Vec<&Hole> = holes
        .iter()
        .filter(|hole| {
            row.source == hole.source
                && (hole.account.is_empty() || row.account == hole.account)
                && row.from.is_none_or(|from| from < hole.to)
                && row.to.is_none_or(|to| hole.from < to)
                && hole.from < hole.to
        })
        .collect();
    own.sort_by_key(|hole| (hole.from, hole.to));
    let mut parts: Vec<(Option<UtcMicros>, Option<UtcMicros>)> = Vec::new();
    let (mut from, mut open) = (row.from, true);
    for hole in &own {
        if open && from.is_none_or(|from| from < hole.from) {
            parts.push((from, Some(hole.from)));
        }
        from = Some(from.map_or(hole.to, |from| from.max(hole.to)));
        open = row.to.is_none_or(|to| from.is_none_or(|from| from < to));
    }
    if open {
        parts.push((from, row.to));
    }
    if own.is_empty() || parts.is_empty() {
        return vec![row];
    }
    row.inferred = true;
    own.iter().for_each(|hole| note(&mut row, &hole.reason));
    parts.into_iter().map(|(from, to)| CoverageEntry { from, to, ..row.clone() }).collect()
}

/// Each hole in words.
#[must_use]
pub fn anomalies(holes: &[Hole]) -> Vec<Anomaly> {
    let of_whom = |hole: &Hole| match hole.account.as_str() {
        "" => String::new(),
        account => format!(" of `{account}`"),
    };
    let mut all: Vec<Anomaly> = holes
        .iter()
        .map(|hole| Anomaly {
            evidence: hole.evidence.clone(),
            reader: "coverage".to_owned(),
            reason: format!(
                "{}{}: suspected gap from {} to {}: {}",
                hole.source,
                of_whom(hole),
                hole.from,
                hole.to,
                hole.reason
            ),
        })
        .collect();
    all.sort();
    all.dedup();
    all
}
