//! The list of what a reader of the case may open. Immutable once written.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use demarche_core::Probability;
use demarche_core::source::FileStamp;
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
    /// The analysis that `run` stands on, where people's decisions were laid over it.
    #[serde(default)]
    pub base_run: Option<String>,
    /// What the user could set of `run`, by name: priors and floors, all of them.
    #[serde(default)]
    pub parameters: BTreeMap<String, Probability>,
    /// Rows of each derived table of `run`.
    pub derived: BTreeMap<String, u64>,
    /// Hunts: runs that add findings to those of `run`, by run id; rows of each table.
    #[serde(default)]
    pub hunts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Records that came into the lake together: a shard of a large source, or a pack of
/// small ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitEntry {
    /// The sources it holds, sorted by path.
    pub sources: Vec<SourceEntry>,
    /// Rows in each table (`records/messages/v1`...); a table with none has no file.
    pub rows: BTreeMap<String, u64>,
    /// What the roster forbade when it was read, as a digest.
    #[serde(default)]
    pub policy: String,
    /// With which keys the signatures of its messages were checked, as a digest; empty for
    /// none.
    #[serde(default)]
    pub keys: String,
    /// Version of the deep tier that this is of: what lies inside attachments of its
    /// sources, whose records are in other units. 0 for records.
    #[serde(default)]
    pub deep: u32,
    /// Which part of its one source it is; none when it holds its sources whole.
    #[serde(default)]
    pub shard: Option<Shard>,
}

/// A part of a large source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// From 0.
    pub number: u32,
    /// Where the next one begins; none for the last.
    pub next: Option<Position>,
}

/// A place between two records of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Members before this one in the walk.
    pub member: u64,
    /// Offset in the member of the first record behind the place.
    pub offset: u64,
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
    /// Members that hold nothing but a format's own framing: git's indexes and references.
    #[serde(default)]
    pub framing: u64,
    /// What the file system said of it when it was hashed; none where that could not be
    /// relied on. [`Manifest::sources`] leaves it out: it is of a copy, not of the bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<FileStamp>,
}

impl UnitEntry {
    /// Whether its sources are read to their end with it.
    fn is_last(&self) -> bool {
        self.shard.is_none_or(|shard| shard.next.is_none())
    }
}

impl SourceEntry {
    /// Adds another shard's part.
    fn add(&mut self, other: &Self) {
        self.formats.extend(other.formats.iter().cloned());
        self.formats.sort();
        self.formats.dedup();
        self.framing += other.framing;
        for (kind, records) in &other.read {
            *self.read.entry(kind.clone()).or_default() += records;
        }
    }
}

impl Manifest {
    /// All sources, sorted by path; the shards of one are added up.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceEntry> {
        let mut all: BTreeMap<(&str, &str), SourceEntry> = BTreeMap::new();
        for entry in self.units.values().flat_map(|unit| &unit.sources) {
            match all.entry((&entry.path, &entry.id)) {
                Entry::Vacant(place) => {
                    place.insert(SourceEntry { stamp: None, ..entry.clone() });
                }
                Entry::Occupied(mut known) => known.get_mut().add(entry),
            }
        }
        all.into_values().collect()
    }

    /// Path and id of every source that is in the case to its end.
    #[must_use]
    pub fn complete(&self) -> BTreeSet<(&str, &str)> {
        let units = self.units.values().filter(|unit| unit.deep == 0 && unit.is_last());
        let sources = units.flat_map(|unit| &unit.sources);
        sources.map(|source| (source.path.as_str(), source.id.as_str())).collect()
    }

    /// Path and id of every source whose attachments were looked into by this version of
    /// the deep tier.
    #[must_use]
    pub fn deep(&self, version: u32) -> BTreeSet<(&str, &str)> {
        let units = self.units.values().filter(|unit| unit.deep == version);
        let sources = units.flat_map(|unit| &unit.sources);
        sources.map(|source| (source.path.as_str(), source.id.as_str())).collect()
    }

    /// Id and stamp of every source that is in the case to its end, by path.
    #[must_use]
    pub fn stamps(&self) -> BTreeMap<&str, Vec<(&str, FileStamp)>> {
        let mut all: BTreeMap<&str, Vec<(&str, FileStamp)>> = BTreeMap::new();
        for unit in self.units.values().filter(|unit| unit.is_last()) {
            for source in &unit.sources {
                if let Some(stamp) = source.stamp {
                    all.entry(&source.path).or_default().push((&source.id, stamp));
                }
            }
        }
        all
    }

    /// Number and place of the shard that comes next of a source that was begun under
    /// `policy`.
    #[must_use]
    pub fn resume(&self, path: &str, id: &str, policy: &str) -> Option<(u32, Position)> {
        let units = self.units.values().filter(|unit| unit.policy == policy);
        let of = |unit: &UnitEntry| unit.sources.iter().any(|s| s.path == path && s.id == id);
        let shards = units.filter_map(|unit| unit.shard.filter(|_| of(unit)));
        let last = shards.max_by_key(|shard| shard.number)?;
        Some((last.number + 1, last.next?))
    }

    /// Records read of a kind over all sources, copies included.
    #[must_use]
    pub fn read(&self, kind: &str) -> u64 {
        let sources = self.units.values().flat_map(|unit| &unit.sources);
        sources.filter_map(|source| source.read.get(kind)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_add_up_and_say_where_to_go_on() {
        let part = |format: &str, messages: u64| SourceEntry {
            path: "a.mbox".into(),
            id: "sha256:1".into(),
            bytes: 100,
            formats: vec![format.into()],
            read: BTreeMap::from([("messages".into(), messages)]),
            framing: 0,
            stamp: None,
        };
        let unit = |number: u32, next: Option<u64>, format: &str| UnitEntry {
            sources: vec![part(format, 5)],
            policy: "p".into(),
            shard: Some(Shard { number, next: next.map(|offset| Position { member: 0, offset }) }),
            ..UnitEntry::default()
        };
        let mut manifest = Manifest::default();
        manifest.units.insert("u-0".into(), unit(0, Some(60), "mbox"));
        let place = Position { member: 0, offset: 60 };
        assert_eq!(manifest.resume("a.mbox", "sha256:1", "p"), Some((1, place)));
        assert_eq!(manifest.resume("a.mbox", "sha256:1", "other"), None);
        assert!(manifest.complete().is_empty());
        manifest.units.insert("u-1".into(), unit(1, None, "eml"));
        assert!(manifest.complete().contains(&("a.mbox", "sha256:1")));
        let sources = manifest.sources();
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].read["messages"], 10);
        assert_eq!(sources[0].formats, ["eml", "mbox"]);
    }
}
