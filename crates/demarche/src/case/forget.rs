//! Taking a source out of a case with all that came from it: withdrawn consent.

use std::collections::BTreeSet;
use std::path::Path;

use demarche_lake::{Lake, SourceEntry, Writer, source_matches};
use serde_json::json;

use super::{CaseError, documents};

/// Removes the sources whose id or display path is `source`, and every copy with the
/// same bytes: evidence, and statements and lists that were imported. What was derived goes
/// too, dossiers in the case folder among it. Leaves a tombstone in the custody log.
///
/// # Errors
/// [`CaseError::Usage`] when the case holds no such source or is on hold.
pub fn forget(case: &Path, source: &str) -> Result<Vec<SourceEntry>, CaseError> {
    // Not through `Writer`, which would make a case where there is none.
    let lake = Lake::open(case)?;
    let mut held = lake.manifest().sources();
    held.retain(|entry| source_matches(entry, source));
    let ids: BTreeSet<String> = held.into_iter().map(|entry| entry.id).collect();
    let documents = documents::list(case)?;
    if ids.is_empty() && !documents.iter().any(|entry| source_matches(entry, source)) {
        return Err(CaseError::Usage {
            what: format!("the case holds no source `{source}`"),
            hint: format!("list them: demarche show sources --case {}", case.display()),
        });
    }
    if let Some(hold) = super::mandate::held(case)? {
        return Err(CaseError::Usage {
            what: format!(
                "the case is on hold since {} by `{}`: nothing is forgotten",
                hold.since.date(),
                hold.authority
            ),
            hint: "who ordered the hold can lift it: demarche hold --lift REASON".to_owned(),
        });
    }
    let mut writer = Writer::open(case)?;
    let mut gone = documents::forget(case, source)?;
    // Tables made from documents go with every other derived table.
    gone.extend(writer.forget(&ids)?);
    // Keys may have gone with it.
    super::signatures::check(case, &mut writer)?;
    // Ids and counts, no paths: a path may name the person who took consent back.
    let tombstones: Vec<_> = gone
        .iter()
        .map(|source| json!({ "id": source.id, "bytes": source.bytes, "read": source.read }))
        .collect();
    let dossiers = remove_dossiers(case)?;
    super::custody(case)
        .append("forget", json!({ "tombstones": tombstones, "dossiers": dossiers }))?;
    Ok(gone)
}

/// Removes the dossiers in the case folder: they were made from what is forgotten. Returns
/// the first line of each checkpoint, which names run and root.
fn remove_dossiers(case: &Path) -> Result<Vec<String>, CaseError> {
    let error = |path: &Path| {
        let path = path.display().to_string();
        move |error| CaseError::File { path, error }
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(case).map_err(error(case))?.flatten() {
        let path = entry.path();
        let checkpoint = path.join("checkpoint");
        if path.is_dir() && checkpoint.is_file() {
            let text =
                String::from_utf8_lossy(&super::query::read_steering(&checkpoint)?).into_owned();
            names.push(text.lines().next().unwrap_or_default().to_owned());
            std::fs::remove_dir_all(&path).map_err(error(&path))?;
        }
    }
    names.sort();
    Ok(names)
}
