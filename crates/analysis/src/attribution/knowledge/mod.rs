//! Facts about intrusion sets: ids, names, aliases, relations, citation names and dates.
//!
//! No descriptions: they are others' prose, and a profile needs none. A relation keeps the
//! citations it rests on, because "known before 2022" and "known without this report" are
//! questions about citations. An alias shared by several actors stays ambiguous: it is
//! listed under each and never merges them (public name lists disagree, and a merge would
//! carry one actor's evidence over to another). A country is what MISP galaxy or Tidal
//! *assess*; it is kept as such and never scored.
//!
//! Sources: MITRE ATT&CK STIX 2.0/2.1 (<https://github.com/mitre/cti>) and MISP galaxy
//! clusters (<https://github.com/MISP/misp-galaxy>).

mod builder;
mod compact;
mod date;
mod misp;
mod stix;

use std::collections::{BTreeMap, BTreeSet};

pub use builder::{Builder, Counts};
pub use date::{DateError, PartialDate};

/// The notice that ATT&CK's terms of use ask every copy to carry, and MISP galaxy's.
pub const NOTICE: &str = "ATT&CK®: The MITRE Corporation (MITRE) hereby grants you a \
non-exclusive, royalty-free license to use ATT&CK® for research, development, and \
commercial purposes. Any copy you make for such purposes is authorized provided that you \
reproduce MITRE's copyright designation and this license in any such copy. \"© 2025 The MITRE \
Corporation. This work is reproduced and distributed with the permission of The MITRE \
Corporation.\" MITRE does not claim ATT&CK enumerates all possibilities; all documents and \
the information contained therein are provided on an \"as is\" basis without warranty. \
MISP galaxy: CC0 1.0 Universal (Public Domain Dedication).";

/// The file built from ATT&CK v18 and MISP galaxy; `knowledge/NOTICE.md` stands beside it.
const SHIPPED: &[u8] = include_bytes!("../../../../../knowledge/attack-misp.json");

/// Why a knowledge file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// Not JSON, or not of this shape.
    #[error("not a knowledge file: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of the shape, but not consistent.
    #[error("knowledge file is damaged: {0}")]
    Damaged(String),
    /// Nothing to rank.
    #[error("no intrusion set in {documents} documents: expected ATT&CK STIX or MISP galaxy files")]
    Empty {
        /// How many documents were looked at.
        documents: u64,
    },
}

/// Where and when the facts come from: dates and versions of the data, never of the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Latest `modified` of any ATT&CK object used, `YYYY-MM-DD`; empty without ATT&CK.
    pub attack_modified: String,
    /// ATT&CK version where a collection object states it; else empty.
    pub attack_version: String,
    /// MISP galaxy cluster type to its version.
    pub galaxies: BTreeMap<String, u64>,
}

/// What a relation or an assessment is cited from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// ATT&CK's `source_name`.
    pub name: String,
    /// Date of publication, as far as it is given.
    pub date: Option<PartialDate>,
}

/// "Uses": to a technique or a piece of software, by index, with its citations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// Index into [`Knowledge::techniques`] or [`Knowledge::software`].
    pub target: usize,
    /// Indexes into [`Knowledge::citations`], sorted.
    pub citations: Vec<usize>,
}

/// A technique's id and name; revoked ones are not here but in [`Knowledge::replaced`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Technique {
    /// `T1566.002`.
    pub id: String,
    /// ATT&CK's name.
    pub name: String,
}

/// Another name of an actor, and who uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Citations (ATT&CK) or organisations (MISP galaxy) it is known from; may be empty.
    pub used_by: Vec<String>,
}

/// What others assess about an actor. Never found evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assessment {
    /// `MISP galaxy threat-actor`, `Tidal Cyber (MISP galaxy)`.
    pub by: String,
    /// `state-sponsor` (CFR: suspected) or `country`.
    pub kind: String,
    /// As stated: a name or an ISO 3166 code.
    pub value: String,
}

/// Malware or a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Software {
    /// `S0154`.
    pub id: String,
    /// ATT&CK's name.
    pub name: String,
    /// Other names, from ATT&CK and Malpedia.
    pub aliases: Vec<String>,
    /// Techniques it implements.
    pub techniques: Vec<Relation>,
}

/// An intrusion set as ATT&CK names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntrusionSet {
    /// `G0128`.
    pub id: String,
    /// ATT&CK's name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<Alias>,
    /// What others assess.
    pub assessments: Vec<Assessment>,
    /// Techniques used.
    pub techniques: Vec<Relation>,
    /// Software used.
    pub software: Vec<Relation>,
}

/// A campaign as ATT&CK or Tidal names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownCampaign {
    /// `C0012`.
    pub id: String,
    /// Name.
    pub name: String,
    /// First day seen, `YYYY-MM-DD`; empty when not given.
    pub first_seen: String,
    /// Last day seen.
    pub last_seen: String,
    /// Attributed to: index into [`Knowledge::sets`], with citations.
    pub sets: Vec<Relation>,
    /// Techniques used.
    pub techniques: Vec<Relation>,
    /// Software used.
    pub software: Vec<Relation>,
}

/// An actor of MISP galaxy's list that no single ATT&CK intrusion set stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherActor {
    /// MISP's name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<Alias>,
    /// What others assess.
    pub assessments: Vec<Assessment>,
    /// ATT&CK ids MISP galaxy relates it to, when several.
    pub attack_ids: Vec<String>,
}

/// A country: for reading assessments and, later, statements.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: String,
    /// MISP galaxy's name, lower case.
    pub name: String,
    /// Its capital: it stands for the government in statements.
    pub capital: String,
}

/// Everything known, in one total order: sets, software, campaigns and techniques by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// Whence and when.
    pub snapshot: Snapshot,
    /// By name.
    pub citations: Vec<Citation>,
    /// By id.
    pub techniques: Vec<Technique>,
    /// Revoked technique, software and intrusion-set ids to their successors.
    pub replaced: BTreeMap<String, String>,
    /// By id.
    pub software: Vec<Software>,
    /// By id.
    pub sets: Vec<IntrusionSet>,
    /// By id.
    pub campaigns: Vec<KnownCampaign>,
    /// By name.
    pub actors: Vec<OtherActor>,
    /// By code.
    pub countries: Vec<Country>,
    /// Sector names.
    pub sectors: Vec<String>,
    digest: String,
}

impl Knowledge {
    /// The knowledge that ships with the product.
    ///
    /// # Errors
    /// Never in a build whose tests passed: a test reads the shipped file.
    pub fn shipped() -> Result<Self, KnowledgeError> {
        Self::from_json(SHIPPED)
    }

    /// Hex BLAKE3 of [`Self::to_json`].
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What a hypothesis names: data dates, versions and digest.
    #[must_use]
    pub fn snapshot_label(&self) -> String {
        let mut parts = Vec::new();
        if !self.snapshot.attack_modified.is_empty() {
            let version = match self.snapshot.attack_version.as_str() {
                "" => String::new(),
                version => format!(" v{version}"),
            };
            parts.push(format!("ATT&CK{version} as modified {}", self.snapshot.attack_modified));
        }
        parts.extend(
            self.snapshot
                .galaxies
                .iter()
                .map(|(name, version)| format!("MISP galaxy {name} {version}")),
        );
        parts.push(format!("blake3:{}", self.digest));
        parts.join("; ")
    }

    /// Names (lower case) that stand for more than one actor, with all who bear them.
    /// Never to be resolved to one of them.
    #[must_use]
    pub fn ambiguous_names(&self) -> BTreeMap<String, Vec<String>> {
        let mut bearers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut note = |name: &str, bearer: &str| {
            bearers.entry(name.to_lowercase()).or_default().insert(bearer.to_owned());
        };
        for set in &self.sets {
            note(&set.name, &set.id);
            set.aliases.iter().for_each(|alias| note(&alias.name, &set.id));
        }
        for actor in &self.actors {
            note(&actor.name, &actor.name);
            actor.aliases.iter().for_each(|alias| note(&alias.name, &actor.name));
        }
        bearers
            .into_iter()
            .filter(|(_, bearers)| bearers.len() > 1)
            .map(|(name, bearers)| (name, bearers.into_iter().collect()))
            .collect()
    }

    /// Index of a technique by id; a revoked id stands for its successor.
    #[must_use]
    pub fn technique(&self, id: &str) -> Option<usize> {
        let id = self.current(id);
        self.techniques.binary_search_by(|technique| technique.id.as_str().cmp(&id)).ok()
    }

    /// Index of a piece of software by id, or by a name or alias that only one bears.
    #[must_use]
    pub fn software(&self, id_or_name: &str) -> Option<usize> {
        let id = self.current(id_or_name);
        if let Ok(at) = self.software.binary_search_by(|software| software.id.as_str().cmp(&id)) {
            return Some(at);
        }
        let name = id_or_name.trim().to_lowercase();
        let mut bearers = self.software.iter().enumerate().filter(|(_, software)| {
            software.name.to_lowercase() == name
                || software.aliases.iter().any(|alias| alias.to_lowercase() == name)
        });
        match (bearers.next(), bearers.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    /// Index of an intrusion set by ATT&CK id; a revoked id stands for its successor.
    #[must_use]
    pub fn set(&self, id: &str) -> Option<usize> {
        let id = self.current(id);
        self.sets.binary_search_by(|set| set.id.as_str().cmp(&id)).ok()
    }

    /// The id in force: trimmed, upper case, successors followed.
    fn current(&self, id: &str) -> String {
        let mut id = id.trim().to_uppercase();
        // Successor chains are short; a circle in a damaged file must end too.
        for _ in 0..8 {
            match self.replaced.get(&id) {
                Some(next) => id.clone_from(next),
                None => break,
            }
        }
        id
    }

    /// Recomputes the digest after a change of content.
    fn sealed(mut self) -> Self {
        self.digest = blake3::hash(self.to_json().as_bytes()).to_hex().to_string();
        self
    }
}

#[cfg(test)]
pub(crate) mod tests;
