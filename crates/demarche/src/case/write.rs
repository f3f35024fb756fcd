//! Writing what a pack gives, beside its reading.

use std::sync::mpsc::Receiver;

use demarche_lake::{LakeError, UnitEntry, UnitWriter};

use super::batch::Batch;
use super::unit::Store;

/// What the reading side asks for.
pub(super) enum Job {
    /// Open a unit of this id.
    Begin(String),
    /// Write these rows to it.
    Rows(Box<Batch>),
    /// Make it visible.
    End(UnitEntry),
}

/// Does jobs until there are no more. What was begun and not ended stays invisible.
///
/// # Errors
/// What writing says; the reading side then finds nobody to send to.
pub(super) fn write(jobs: &Receiver<Job>, store: &Store<'_>) -> Result<(), LakeError> {
    let mut open: Option<(String, UnitWriter)> = None;
    for job in jobs {
        match job {
            Job::Begin(id) => open = Some((id.clone(), (store.open)(&id))),
            Job::Rows(batch) => {
                if let Some((_, unit)) = &mut open {
                    let (tables, text) = unit.parts();
                    batch.write(tables, text)?;
                }
            }
            Job::End(entry) => {
                if let Some((id, unit)) = open.take() {
                    (store.commit)(&id, unit.finish()?, entry)?;
                }
            }
        }
    }
    Ok(())
}
