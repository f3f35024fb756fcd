//! Public sanctions lists, and who of them is named in claims or in knowledge.
//!
//! The files as their publishers offer them: the UK Sanctions List (CSV, XML; OFSI's
//! consolidated list in the old CSV), OFAC's SDN list (`sdn.csv` and `alt.csv`, `sdn.xml`),
//! the EU's consolidated list (XML, CSV), and FollowTheMoney JSON lines as OpenSanctions and
//! others write them. A list is told by content.
//!
//! Names are matched against *claims and knowledge only*. Nothing here takes a roster or a
//! correspondent: the functions have no parameter for one. A match says that two names read
//! alike, with the list's own reference; it is shown beside an actor and is never
//! attribution, and it has no weight in any hypothesis.

mod eu;
mod ftm;
mod matching;
mod ofac;
mod tables;
mod uk;
mod xml;

use serde::{Deserialize, Serialize};

pub use matching::{key, matches};

/// The most entries that are read of a list.
pub const MOST_ENTRIES: usize = 500_000;
/// The most names of one entry.
const MOST_NAMES: usize = 200;

/// An entry of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Designation {
    /// Whose list: `UK`, `OFAC SDN`, `EU`, or what a FollowTheMoney file says.
    pub list: String,
    /// The list's own reference: `CYB0044`.
    pub reference: String,
    /// `person`, `entity`, `vessel`, `aircraft`, or empty.
    pub kind: String,
    /// The first is the primary one.
    pub names: Vec<String>,
    /// Regime or programme.
    pub programme: String,
    /// The legal act, where the list names it.
    pub legal_act: String,
}

/// What was read of a file.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Which list.
    pub list: &'static str,
    /// Its entries, by reference.
    pub entries: Vec<Designation>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

/// Why a file is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// None of the known lists.
    #[error(
        "no sanctions list that is known: UK, OFAC SDN and EU as CSV or XML, or FollowTheMoney JSON lines"
    )]
    Unknown,
    /// Damaged.
    #[error("{list} list: {reason}")]
    Damaged {
        /// Which list it seems to be.
        list: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a list's file, whichever it is.
///
/// # Errors
/// [`ListError`] where nothing can be read.
pub fn load(bytes: &[u8]) -> Result<Loaded, ListError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let head: String = text.chars().take(4_096).collect();
    let mut loaded = if head.trim_start().starts_with('<') {
        if head.contains("<Designations") || head.contains("<Designation>") {
            uk::xml(text)?
        } else if head.contains("<sdnList") {
            ofac::xml(text)?
        } else if head.contains("<export") || head.contains("<sanctionEntity") {
            eu::xml(text)?
        } else {
            return Err(ListError::Unknown);
        }
    } else if head.trim_start().starts_with('{') {
        ftm::lines(text)?
    } else if uk::is_csv(&head) {
        uk::csv(text)
    } else if eu::is_csv(&head) {
        eu::csv(text)
    } else if ofac::is_csv(&head) {
        ofac::csv(text)
    } else {
        return Err(ListError::Unknown);
    };
    for entry in &mut loaded.entries {
        entry.names.iter_mut().for_each(|name| {
            *name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        });
        entry.names.retain(|name| !name.is_empty());
        let mut seen = std::collections::BTreeSet::new();
        entry.names.retain(|name| seen.insert(name.clone()));
        entry.names.truncate(MOST_NAMES);
    }
    loaded.entries.retain(|entry| !entry.names.is_empty());
    loaded.entries.sort();
    if loaded.entries.is_empty() {
        let reason = "no entry with a name".to_owned();
        return Err(ListError::Damaged { list: loaded.list, reason });
    }
    Ok(loaded)
}

/// Entries under one reference together: lists give a row a name.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    by_reference: std::collections::BTreeMap<String, Designation>,
}

impl Entries {
    /// The entry of a reference; `None` when there are too many.
    pub(crate) fn entry(
        &mut self,
        list: &'static str,
        reference: &str,
    ) -> Option<&mut Designation> {
        if self.by_reference.len() >= MOST_ENTRIES && !self.by_reference.contains_key(reference) {
            return None;
        }
        Some(self.by_reference.entry(reference.to_owned()).or_insert_with(|| Designation {
            list: list.to_owned(),
            reference: reference.to_owned(),
            ..Designation::default()
        }))
    }

    pub(crate) fn loaded(self, list: &'static str, problems: Vec<String>) -> Loaded {
        Loaded { list, entries: self.by_reference.into_values().collect(), problems }
    }
}

/// Sets what is empty.
pub(crate) fn fill(field: &mut String, value: &str) {
    if field.is_empty() {
        field.push_str(value.trim());
    }
}

#[cfg(test)]
mod tests;
