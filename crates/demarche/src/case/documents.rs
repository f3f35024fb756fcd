//! Statements and lists that the case keeps beside the evidence, as sources: what there is,
//! what leaves, and what a run made again elsewhere is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_core::id::sha256_hex;
use demarche_lake::{SourceEntry, source_matches};

use super::CaseError;
use super::decisions::{Decision, Decisions, in_force, read};
use super::statements::{DESIGNATIONS, IMPORT, LIST_BYTES, keep, members};

/// Decision that brought it in, folder it lies in, and what it is called among formats.
fn place(decision: &Decision) -> Option<(&'static str, &'static str)> {
    match decision.kind.as_str() {
        IMPORT => Some(("statements", "statement")),
        DESIGNATIONS => Some(("designations", "designation list")),
        _ => None,
    }
}

fn file(case: &Path, folder: &str, id: &str) -> PathBuf {
    case.join(folder).join(id.trim_start_matches("sha256:"))
}

/// Every document that is kept, by name; those that were forgotten are left out.
///
/// # Errors
/// What the decisions' file says.
pub(super) fn list(case: &Path) -> Result<Vec<SourceEntry>, CaseError> {
    let mut found: BTreeMap<String, SourceEntry> = BTreeMap::new();
    for decision in in_force(read(case)?) {
        let Some((folder, format)) = place(&decision) else { continue };
        let Ok(meta) = std::fs::metadata(file(case, folder, &decision.subject)) else { continue };
        let entries = decision.detail["entries"].as_u64();
        let entry = SourceEntry {
            path: decision.detail["name"].as_str().unwrap_or_default().to_owned(),
            id: decision.subject.clone(),
            bytes: meta.len(),
            formats: vec![format.to_owned()],
            read: entries.map(|count| ("entries".to_owned(), count)).into_iter().collect(),
            ..SourceEntry::default()
        };
        // The last import of a document says its name.
        found.insert(decision.subject, entry);
    }
    let mut found: Vec<SourceEntry> = found.into_values().collect();
    found.sort();
    Ok(found)
}

/// Removes the documents whose name or id is `asked`; their imports are taken back. Tables
/// that were made from them stay to be removed by the caller.
///
/// # Errors
/// What the case's files say.
pub(super) fn forget(case: &Path, asked: &str) -> Result<Vec<SourceEntry>, CaseError> {
    let mut gone = list(case)?;
    gone.retain(|entry| source_matches(entry, asked));
    if gone.is_empty() {
        return Ok(gone);
    }
    let held = in_force(read(case)?);
    let mut decisions = Decisions::open(case)?;
    for entry in &gone {
        for decision in held.iter().filter(|decision| decision.subject == entry.id) {
            let Some((folder, _)) = place(decision) else { continue };
            let path = file(case, folder, &entry.id);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CaseError::File { path: path.display().to_string(), error });
                }
                _ => {}
            }
            decisions.undo("forget", decision.number, case)?;
        }
    }
    Ok(gone)
}

/// Gives the case `to` people's decisions of another one, `from` (its folder, or its
/// `decisions.sqlite`), and the documents that they brought in, found by their hash among
/// `files`. Returns a line for each document that is not there.
///
/// # Errors
/// What the files say; decisions whose chain does not hold.
pub(super) fn adopt(to: &Path, from: &Path, files: &[PathBuf]) -> Result<Vec<String>, CaseError> {
    const NAME: &str = "decisions.sqlite";
    let from = if from.is_dir() { from.join(NAME) } else { from.to_owned() };
    let error = |error| CaseError::File { path: from.display().to_string(), error };
    std::fs::copy(&from, to.join(NAME)).map_err(error)?;
    // What another program has written and not yet moved into the file itself.
    let mut log = from.clone().into_os_string();
    log.push("-wal");
    if Path::new(&log).is_file() {
        std::fs::copy(&log, to.join(format!("{NAME}-wal"))).map_err(error)?;
    }
    let mut wanted: BTreeMap<String, (Decision, &str)> = BTreeMap::new();
    for decision in in_force(read(to)?) {
        if let Some((folder, _)) = place(&decision) {
            wanted.insert(decision.subject.clone(), (decision, folder));
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    for (_, bytes) in members(files, LIST_BYTES, &mut problems)? {
        if let Some((_, folder)) = wanted.remove(&format!("sha256:{}", sha256_hex(&bytes))) {
            keep(to, folder, &bytes)?;
        }
    }
    problems.extend(wanted.into_values().map(|(decision, _)| {
        let name = decision.detail["name"].as_str().unwrap_or_default();
        format!("`{name}` ({}) is not among the statements given", decision.subject)
    }));
    Ok(problems)
}
