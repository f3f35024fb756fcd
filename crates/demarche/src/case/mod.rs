//! A case: the facade that runs the pipeline over one case folder.
//!
//! evidence -> [`ingest`] -> lake -> [`analyse`] -> derived tables -> [`report`].
//! Each step reads tables and writes tables, and can be run again alone.

pub mod analyse;
pub mod approvals;
mod batch;
mod coverage;
pub mod decisions;
pub mod deep;
mod error;
pub mod excerpt;
pub mod forget;
pub mod ingest;
mod inputs;
pub mod judgements;
mod locations;
pub mod mandate;
pub mod notify;
mod numbers;
mod pack;
mod parameters;
mod policy;
mod progress;
pub mod query;
pub mod recompute;
pub mod report;
mod signatures;
pub mod statements;
mod unit;
pub mod unlock;
pub mod verify;
mod write;

pub use error::CaseError;
pub use parameters::Parameters;
pub use progress::{Progress, Step};

use std::path::Path;

use demarche_core::custody::CustodyLog;
use demarche_lake::{Lake, MailboxRule, Session};

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

/// A query session over the case folder `case`, with the mailboxes and the telephone
/// numbers that the roster of `known` names.
fn session_over(case: &Path, known: &Path) -> Result<Session, CaseError> {
    // The roster names the mailboxes, so it is read through a session without one.
    let bare = Session::open(&Lake::open(known)?, MailboxRule::default())?;
    let roster = inputs::roster(&bare)?;
    let addresses = roster.iter().flat_map(|entry| entry.addresses.iter().cloned());
    let numbers = numbers::readable(known, &roster)?;
    Ok(Session::open_showing(&Lake::open(case)?, MailboxRule::new(addresses), numbers)?)
}
