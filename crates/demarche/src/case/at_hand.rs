//! Finding the sources of a case again: among the evidence that the user names, or where
//! it lay when it was ingested. A source is known by its hash alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use demarche_core::source::{hash_file, list};

use super::{CaseError, locations};

/// Sources that were found, by id, and what stood in the way of looking.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: BTreeMap<String, PathBuf>,
    pub(super) problems: Vec<String>,
}

/// Finds sources, id to length in bytes: among `evidence` by their hash, or, where none
/// is given, where they lay at ingest.
///
/// # Errors
/// When an evidence argument cannot be opened.
pub(super) fn find(
    case: &Path,
    evidence: &[PathBuf],
    sources: &BTreeMap<String, u64>,
) -> Result<Found, CaseError> {
    let mut found = Found::default();
    let known;
    let evidence = if evidence.is_empty() {
        known = locations::known(case).into_iter().filter(|path| path.exists()).collect::<Vec<_>>();
        known.as_slice()
    } else {
        evidence
    };
    let lengths: BTreeSet<u64> = sources.values().copied().collect();
    for argument in evidence {
        let (files, unreadable) = list(argument)?;
        found.problems.extend(unreadable);
        for file in files {
            // Only a file of a length that is wanted can be one that is wanted.
            let length = fs::metadata(&file.path).map(|meta| meta.len()).unwrap_or_default();
            if !lengths.contains(&length) {
                continue;
            }
            match hash_file(&file.path) {
                Ok(hashed) if sources.contains_key(hashed.id.as_str()) => {
                    found.files.entry(hashed.id.to_string()).or_insert(file.path);
                }
                Ok(_) => {}
                Err(error) => found.problems.push(error.to_string()),
            }
        }
    }
    Ok(found)
}
