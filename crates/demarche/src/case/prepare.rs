//! Makes the case quick to ask: tables without duplicates, counts by minute, the first page.
//!
//! Nothing here is a result: all of it can be deleted, and is made again when it is missing.

use std::path::Path;

use demarche_lake::Lake;

use super::{CaseError, Progress, Step, overview};

/// Makes what is missing.
///
/// # Errors
/// What the case's files say; that somebody else is writing.
pub fn prepare(case: &Path, progress: &(dyn Fn(Progress) + Sync)) -> Result<(), CaseError> {
    let lake = Lake::open(case)?;
    super::query::complete_text(case)?;
    if !lake.is_plain()? {
        progress(Progress::Begin(Step::Prepare, 0));
        lake.make_plain(&|| super::session(case), &|_| {})?;
    }
    if lake.manifest().run.is_some() {
        overview::overview(case)?;
    }
    progress(Progress::End);
    Ok(())
}
