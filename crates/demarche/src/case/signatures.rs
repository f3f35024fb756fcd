//! Signatures of stored messages, checked with the keys that passive DNS knows.
//!
//! Keys may come with the mail, before or after it, or go again with their source. So
//! they are asked of the tables when an ingest (or a `forget`) is done, and every unit
//! notes with which keys it was checked.

use std::path::Path;

use demarche_core::PassiveDns;
use demarche_core::id::short_hash;
use demarche_lake::{Lake, MailboxRule, Session, Writer};
use demarche_readers::mail::signature::{self, Keys};

use super::CaseError;

/// Checks what was not checked with these keys yet; how many messages changed by it.
pub(super) fn check(case: &Path, writer: &mut Writer) -> Result<u64, CaseError> {
    let rows = keys(case, writer)?;
    let uids: Vec<&[u8]> = rows.iter().map(|row| row.dns_uid.as_bytes()).collect();
    let digest = if rows.is_empty() { String::new() } else { short_hash(&uids) };
    let keys = Keys::new(&rows);
    Ok(writer.check_signatures(&digest, &|message| signature::check(message, &keys))?)
}

fn keys(case: &Path, writer: &Writer) -> Result<Vec<PassiveDns>, CaseError> {
    if writer.manifest().read("passive_dns") == 0 {
        return Ok(Vec::new());
    }
    let session = Session::open(&Lake::open(case)?, MailboxRule::default())?;
    Ok(session.rows(
        "SELECT * FROM passive_dns WHERE name LIKE '%._domainkey.%' AND kind IN ('TXT', 'CNAME') \
         OR kind = 'TXT' AND data LIKE '%p=%' ORDER BY dns_uid",
    )?)
}
