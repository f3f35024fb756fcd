//! A case: the facade that runs the pipeline over one case folder.
//!
//! evidence -> [`ingest`] -> lake -> [`analyse`] -> derived tables -> [`report`].
//! Each step reads tables and writes tables, and can be run again alone.

pub mod account;
pub mod analyse;
pub mod approvals;
mod at_hand;
mod batch;
mod coverage;
pub mod decisions;
pub mod deep;
mod documents;
mod error;
pub mod excerpt;
pub mod forget;
pub mod hunt;
pub mod ingest;
mod inputs;
pub mod job;
pub mod judgements;
pub mod links;
mod locations;
pub mod mandate;
pub mod notes;
pub mod notify;
mod numbers;
pub mod overview;
mod pack;
mod parameters;
pub mod parts;
mod policy;
pub mod prepare;
mod progress;
pub mod query;
pub mod recompute;
pub mod report;
mod signatures;
pub mod statements;
pub mod steering;
mod unit;
pub mod unlock;
pub mod verify;
mod write;

pub use error::CaseError;
pub use parameters::Parameters;
pub use progress::{Progress, Step};

use std::path::Path;

use demarche_core::RosterEntry;
use demarche_core::custody::CustodyLog;
use demarche_lake::{CallGuard, Lake, MailboxRule, Session};

/// The custody log of a case folder.
#[must_use]
pub fn custody(case: &Path) -> CustodyLog {
    CustodyLog::at(case.join("custody.jsonl"))
}

/// Makes the case's folder where there is none, for a log that begins before the evidence.
fn make_folder(case: &Path) -> Result<(), CaseError> {
    std::fs::create_dir_all(case)
        .map_err(|error| CaseError::File { path: case.display().to_string(), error })
}

/// A query session over the last committed state of a case.
///
/// # Errors
/// When the folder is no case or its files are damaged.
pub fn session(case: &Path) -> Result<Session, CaseError> {
    session_over(case, case)
}

/// As [`session`], its queries holding at most `bytes` together.
///
/// # Errors
/// As [`session`].
pub fn session_within(case: &Path, bytes: usize) -> Result<Session, CaseError> {
    open_session(&Lake::open(case)?.with_query_memory(bytes), case, &roster(case)?)
}

/// A query session over the case folder `case`, with the mailboxes and the telephone
/// numbers that the roster of `known` names.
fn session_over(case: &Path, known: &Path) -> Result<Session, CaseError> {
    session_with(case, known, &roster(known)?)
}

/// The roster of a case.
fn roster(case: &Path) -> Result<Vec<RosterEntry>, CaseError> {
    // It names the mailboxes and whom to withhold, so it is read through a session that
    // knows neither.
    inputs::roster(&Session::open(&Lake::open(case)?, MailboxRule::default())?)
}

/// As [`session_over`], by a roster that may hold more than that of `known`, whose key
/// hides the numbers.
fn session_with(case: &Path, known: &Path, roster: &[RosterEntry]) -> Result<Session, CaseError> {
    open_session(&Lake::open(case)?, known, roster)
}

fn open_session(lake: &Lake, known: &Path, roster: &[RosterEntry]) -> Result<Session, CaseError> {
    let addresses = roster.iter().flat_map(|entry| entry.addresses.iter().cloned());
    let rule = MailboxRule::new(addresses);
    let numbers = numbers::readable(known, roster)?;
    let session = Session::open_showing(lake, rule, numbers, &call_guard(roster))?;
    session.add_sources(lake, &documents::list(lake.dir())?)?;
    Ok(session)
}

/// Whom queries over call records withhold: people marked `source`, at any time.
fn call_guard(roster: &[RosterEntry]) -> CallGuard {
    let marked = roster.iter().filter(|entry| {
        entry.privilege.split(';').any(|reason| reason.trim().eq_ignore_ascii_case("source"))
    });
    CallGuard::new(marked.flat_map(|entry| &entry.phones))
}
