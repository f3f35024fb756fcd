//! Where the evidence lay when it was ingested: to hash it again at `report` and to read it
//! again at `unlock`. Kept on this machine only: not part of a run, nor of a dossier.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::CaseError;

const NAME: &str = "locations.json";

/// Adds evidence arguments to those that are known.
pub(super) fn remember(case: &Path, evidence: &[PathBuf]) -> Result<(), CaseError> {
    let path = case.join(NAME);
    let before: BTreeSet<PathBuf> = known(case).into_iter().collect();
    let mut all = before.clone();
    all.extend(evidence.iter().filter_map(|argument| std::path::absolute(argument).ok()));
    if all == before {
        return Ok(());
    }
    let text = serde_json::to_vec_pretty(&all).unwrap_or_default();
    let fresh = case.join(format!("{NAME}.new"));
    std::fs::write(&fresh, text)
        .and_then(|()| std::fs::rename(&fresh, &path))
        .map_err(|error| CaseError::File { path: path.display().to_string(), error })
}

/// The arguments that are known, sorted.
pub(super) fn known(case: &Path) -> Vec<PathBuf> {
    #[allow(clippy::disallowed_methods)] // the case's own file
    let Ok(text) = std::fs::read(case.join(NAME)) else { return Vec::new() };
    serde_json::from_slice(&text).unwrap_or_default()
}
