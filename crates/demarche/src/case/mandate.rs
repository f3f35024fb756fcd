//! On whose authority a case is read, and who has put a hold on it: entries of the custody
//! log, so that nobody can change them afterwards without breaking its chain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use demarche_core::UtcMicros;
use demarche_core::custody::{self, Entry};
use demarche_dossier::Mandate;
use serde_json::{Value, json};

use super::CaseError;

/// The action under which a mandate stands in the log.
pub(super) const ACTION: &str = "mandate";

/// A hold: while it stands, nothing is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who ordered it.
    pub authority: String,
    /// When it was put on.
    pub since: UtcMicros,
    /// Last day, `YYYY-MM-DD`; empty when open.
    pub until: String,
}

/// An entry's particulars, which stand a level deeper behind a torn line.
pub(super) fn detail(entry: &Entry) -> &Value {
    match entry.detail.get("torn_line_before") {
        Some(_) => entry.detail.get("detail").unwrap_or(&Value::Null),
        None => &entry.detail,
    }
}

/// Entries of the case's log, its chain checked; none where there is no log yet.
pub(super) fn entries(case: &Path) -> Result<Vec<Entry>, CaseError> {
    let log = super::custody(case);
    if log.path().exists() { Ok(log.verify()?) } else { Ok(Vec::new()) }
}

/// The mandate that the last of `entries` states, if any does.
pub(super) fn stated(entries: &[Entry]) -> Option<Mandate> {
    let last = entries.iter().rev().find(|entry| entry.action == ACTION)?;
    serde_json::from_value(detail(last).clone()).ok()
}

/// The mandate in force.
///
/// # Errors
/// When the custody log is broken.
pub fn current(case: &Path) -> Result<Option<Mandate>, CaseError> {
    Ok(stated(&entries(case)?))
}

/// Records a mandate, unless it is the one in force.
///
/// # Errors
/// A day that is none, or what the custody log says.
pub fn record(case: &Path, mandate: &Mandate) -> Result<(), CaseError> {
    check_day(&mandate.expires, "expires")?;
    if mandate.is_empty() || current(case)?.as_ref() == Some(mandate) {
        return Ok(());
    }
    super::make_folder(case)?;
    super::custody(case).append(ACTION, json!(mandate))?;
    Ok(())
}

/// Whether the last day of `mandate` has passed.
#[must_use]
pub fn has_expired(mandate: &Mandate) -> bool {
    !mandate.expires.is_empty() && custody::now().date() > mandate.expires
}

/// Puts a hold on the case.
///
/// # Errors
/// No authority, a day that is none, or what the custody log says.
pub fn hold(case: &Path, authority: &str, until: &str) -> Result<(), CaseError> {
    if authority.trim().is_empty() {
        return Err(CaseError::Usage {
            what: "a hold needs the authority that orders it".to_owned(),
            hint: "name it: --hold \"Court order 12/24\"".to_owned(),
        });
    }
    check_day(until, "until")?;
    super::make_folder(case)?;
    super::custody(case).append("hold", json!({ "authority": authority, "until": until }))?;
    Ok(())
}

/// Lifts the hold; who lifts it and why stay in the log.
///
/// # Errors
/// When there is no hold, or what the custody log says.
pub fn release(case: &Path, authority: &str, reason: &str) -> Result<(), CaseError> {
    if held(case)?.is_none() {
        return Err(CaseError::Usage {
            what: "there is no hold on this case".to_owned(),
            hint: "nothing is to be lifted".to_owned(),
        });
    }
    super::custody(case)
        .append("hold_lifted", json!({ "authority": authority, "reason": reason }))?;
    Ok(())
}

/// The hold in force. One whose last day has passed is none.
///
/// # Errors
/// When the custody log is broken.
pub fn held(case: &Path) -> Result<Option<Hold>, CaseError> {
    let entries = entries(case)?;
    let last =
        entries.iter().rev().find(|entry| matches!(entry.action.as_str(), "hold" | "hold_lifted"));
    let hold = last.filter(|entry| entry.action == "hold").map(|entry| {
        let text = |name: &str| {
            detail(entry).get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Hold { authority: text("authority"), since: entry.time, until: text("until") }
    });
    Ok(hold.filter(|hold| hold.until.is_empty() || custody::now().date() <= hold.until))
}

fn check_day(day: &str, what: &str) -> Result<(), CaseError> {
    let is_day =
        day.is_empty() || day.len() == 10 && UtcMicros::parse(&format!("{day}T00:00:00Z")).is_ok();
    if is_day {
        return Ok(());
    }
    Err(CaseError::Usage {
        what: format!("{what}: `{day}` is no day"),
        hint: "write it as 2026-03-31".to_owned(),
    })
}

/// Log and time of a run: the bytes of the custody log up to the entry that made it, and
/// the time of that entry.
///
/// That is the first `analyse` or `restate` entry of the run after the mandate in force:
/// analysing again what has not changed gives the same run, and the same dossier. `hunts`
/// are later searches whose findings go along, so that the log reaches to the last of them.
pub(super) fn head(
    log: &[u8],
    entries: &[Entry],
    run_id: &str,
    hunts: &BTreeSet<&str>,
) -> (Vec<u8>, Option<UtcMicros>) {
    let run = |entry: &Entry| detail(entry).get("run").and_then(Value::as_str).map(str::to_owned);
    let makes = |entry: &&Entry| {
        matches!(entry.action.as_str(), "analyse" | "restate")
            && run(entry).as_deref() == Some(run_id)
    };
    let mandate = entries.iter().rposition(|entry| entry.action == ACTION).unwrap_or(0);
    let entry = entries[mandate.min(entries.len())..]
        .iter()
        .find(makes)
        .or_else(|| entries.iter().find(makes));
    let Some(entry) = entry else { return (log.to_vec(), None) };
    let mut first: BTreeMap<String, u64> = BTreeMap::new();
    for hunt in entries.iter().filter(|entry| entry.action == "hunt") {
        if let Some(run) = run(hunt).filter(|run| hunts.contains(run.as_str())) {
            first.entry(run).or_insert(hunt.seq);
        }
    }
    let last = first.into_values().max().map_or(entry.seq, |hunt| hunt.max(entry.seq));
    let mut end = log.len();
    let mut start = 0;
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        start += line.len();
        if serde_json::from_slice::<Entry>(line).is_ok_and(|read| read.seq == last) {
            end = start;
            break;
        }
    }
    (log[..end].to_vec(), Some(entry.time))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // reads back its own log
mod tests {
    use super::*;

    #[test]
    fn mandates_and_holds_are_kept_in_the_chain() {
        let dir = tempfile::tempdir().unwrap();
        let case = dir.path().join("case");
        let mandate = Mandate {
            authority: "Bureau of the House".to_owned(),
            legal_basis: "Rule 12".to_owned(),
            expires: "2020-01-31".to_owned(),
            ..Mandate::default()
        };
        assert_eq!(current(&case).unwrap(), None);
        record(&case, &mandate).unwrap();
        record(&case, &mandate).unwrap();
        assert_eq!(entries(&case).unwrap().len(), 1, "asked once, recorded once");
        assert_eq!(current(&case).unwrap(), Some(mandate.clone()));
        assert!(has_expired(&mandate));
        assert!(record(&case, &Mandate { expires: "soon".to_owned(), ..mandate }).is_err());

        assert!(hold(&case, " ", "").is_err());
        assert!(release(&case, "x", "y").is_err());
        hold(&case, "Court order 12/24", "").unwrap();
        assert_eq!(held(&case).unwrap().unwrap().authority, "Court order 12/24");
        release(&case, "Court", "closed").unwrap();
        assert_eq!(held(&case).unwrap(), None);
        hold(&case, "Court", "2001-01-01").unwrap();
        assert_eq!(held(&case).unwrap(), None, "its last day has passed");
    }

    #[test]
    fn the_head_is_the_run_s_own_entry() {
        let dir = tempfile::tempdir().unwrap();
        let log = super::super::custody(dir.path());
        log.append("ingest", Value::Null).unwrap();
        log.append("analyse", json!({ "run": "r-1" })).unwrap();
        let upto = std::fs::read(log.path()).unwrap();
        log.append("report", Value::Null).unwrap();
        log.append("analyse", json!({ "run": "r-1" })).unwrap();
        let all = std::fs::read(log.path()).unwrap();
        let entries = log.verify().unwrap();
        let none = BTreeSet::new();
        assert_eq!(head(&all, &entries, "r-1", &none).0, upto);
        assert_eq!(head(&all, &entries, "r-2", &none).0, all);
        // A restated run has a head of its own, and a hunt that goes along moves it.
        log.append("restate", json!({ "run": "r-2" })).unwrap();
        let restated = std::fs::read(log.path()).unwrap();
        log.append("report", Value::Null).unwrap();
        log.append("hunt", json!({ "run": "h-1" })).unwrap();
        let hunted = std::fs::read(log.path()).unwrap();
        log.append("report", Value::Null).unwrap();
        log.append("hunt", json!({ "run": "h-1" })).unwrap();
        let all = std::fs::read(log.path()).unwrap();
        let entries = log.verify().unwrap();
        assert_eq!(head(&all, &entries, "r-2", &none).0, restated);
        assert_eq!(head(&all, &entries, "r-2", &BTreeSet::from(["h-1"])).0, hunted);
        record(dir.path(), &Mandate { authority: "A".to_owned(), ..Mandate::default() }).unwrap();
        log.append("analyse", json!({ "run": "r-1" })).unwrap();
        let after = std::fs::read(log.path()).unwrap();
        log.append("report", Value::Null).unwrap();
        let all = std::fs::read(log.path()).unwrap();
        assert_eq!(head(&all, &log.verify().unwrap(), "r-1", &none).0, after);
    }
}
