//! The list of what a reader of the case may open. Immutable once written.

use std::collections::BTreeMap;

use demarche_core::Probability;
use serde::{Deserialize, Serialize};

/// One state of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Counts up with every commit; names the file.
    pub number: u64,
    /// By unit id.
    pub units: BTreeMap<String, UnitEntry>,
    /// The run whose derived tables hold.
    pub run: Option<String>,
    /// What the user could set of `run`, by name: priors and floors, all of them.
    #[serde(default)]
    pub parameters: BTreeMap<String, Probability>,
    /// Rows of each derived table of `run`.
    pub derived: BTreeMap<String, u64>,
}

/// Records that came into the lake together: one large source, or a pack of small ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitEntry {
    /// The sources it holds, sorted by path.
    pub sources: Vec<SourceEntry>,
    /// Rows in each table (`records/messages/v1`...); a table with none has no file.
    pub rows: BTreeMap<String, u64>,
}

/// A source as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceEntry {
    /// Display path.
    pub path: String,
    /// `sha256:...` of the whole file.
    pub id: String,
    /// Its bytes.
    pub bytes: u64,
    /// Formats found in it, sorted.
    pub formats: Vec<String>,
    /// Records read from it, copies and repeats included, by kind.
    pub read: BTreeMap<String, u64>,
}

impl Manifest {
    /// All sources, sorted by path.
    #[must_use]
    pub fn sources(&self) -> Vec<&SourceEntry> {
        let mut all: Vec<_> = self.units.values().flat_map(|unit| &unit.sources).collect();
        all.sort();
        all
    }

    /// Records read of a kind over all sources, copies included.
    #[must_use]
    pub fn read(&self, kind: &str) -> u64 {
        self.sources().iter().filter_map(|source| source.read.get(kind)).sum()
    }
}
