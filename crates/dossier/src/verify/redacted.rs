//! What a redacted dossier keeps of the whole one: its signed checkpoint, all leaves of its
//! log, and the records that are shown as they are.

use std::path::Path;

use super::{Trust, Verification, log, signature};
use crate::bundle::{ORIGINAL_CHECKPOINT, ORIGINAL_LOG, ORIGINAL_RECORDS};
use crate::merkle;

/// In the place of an id: the record is withheld, or stands rewritten under another id.
pub(crate) const WITHHELD: &str = "-";
pub(crate) const REWRITTEN: &str = "~";

pub(super) fn original(dir: &Path, trust: &Trust<'_>, found: &mut Verification) {
    let signed_by = found.signed_by.clone();
    let point = signature(dir, ORIGINAL_CHECKPOINT, trust, found);
    found.signed_by = signed_by;
    let log = match log::Log::read(&dir.join(ORIGINAL_LOG)) {
        Ok(log) => log,
        Err(error) => {
            found.fail(format!("{ORIGINAL_LOG}: {error}"));
            return;
        }
    };
    let bad = log.bad.iter().map(|at| format!("{ORIGINAL_LOG} line {}: not a line", at + 1));
    found.fail_many(ORIGINAL_LOG, bad.collect());
    if let Some(point) = point
        && (merkle::root(&log.leaves) != point.root || log.leaves.len() as u64 != point.size)
    {
        found.fail(format!("{ORIGINAL_LOG}: its root is not the one signed"));
    }
    let shown: Vec<usize> = (0..log.leaves.len())
        .filter(|at| {
            let id = log.id(*at);
            id != WITHHELD.as_bytes() && !id.starts_with(REWRITTEN.as_bytes())
        })
        .collect();
    let mut strays = Vec::new();
    let mut scanned = log::Scanned::default();
    match log::scan(dir, ORIGINAL_RECORDS, &log, &shown, &mut scanned, &mut strays) {
        Ok(count) => {
            let differ = log::differences(&log, &shown, &strays, count);
            found.fail_many(ORIGINAL_RECORDS, differ);
            found.withheld = (log.leaves.len() - shown.len()) as u64;
        }
        Err(error) => found.fail(format!("{ORIGINAL_RECORDS}: {error}")),
    }
}
