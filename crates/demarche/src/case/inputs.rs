//! From tables to the rows that analysis reads.

use std::collections::BTreeMap;

use demarche_analysis::input::MailRow;
use demarche_core::{
    ContextEntry, CoverageEntry, Event, Fetch, MailFeatures, Network, RecordLookup, RosterEntry,
};
use demarche_lake::Session;

use super::CaseError;

/// Every roster row, refused ones (addresses only) included.
pub(super) fn whole_roster(session: &Session) -> Result<Vec<RosterEntry>, CaseError> {
    Ok(session.rows(
        r#"SELECT * FROM records_roster ORDER BY person_id, "from", evidence['source'],
           evidence['path'], evidence['offset']"#,
    )?)
}

/// The roster without refused rows, each row once.
pub(super) fn roster(session: &Session) -> Result<Vec<RosterEntry>, CaseError> {
    let mut rows = whole_roster(session)?;
    rows.retain(|entry| entry.kind != "linked" || !entry.consent_ref.is_empty());
    rows.dedup_by(|a, b| RosterEntry { evidence: b.evidence.clone(), ..a.clone() } == *b);
    Ok(rows)
}

pub(super) fn context(session: &Session) -> Result<Vec<ContextEntry>, CaseError> {
    Ok(session.rows(
        r#"SELECT * FROM context ORDER BY kind, value, "from", evidence['source'],
           evidence['offset']"#,
    )?)
}

pub(super) fn networks(session: &Session) -> Result<Vec<Network>, CaseError> {
    Ok(session.rows(
        r#"SELECT * FROM networks ORDER BY "start", "end", asn, evidence['source'],
           evidence['offset']"#,
    )?)
}

pub(super) fn stated_coverage(session: &Session) -> Result<Vec<CoverageEntry>, CaseError> {
    Ok(session.rows(
        r#"SELECT * FROM records_coverage ORDER BY source, account, "from", "to", note,
           evidence['source'], evidence['offset']"#,
    )?)
}

pub(super) fn events(session: &Session) -> Result<Vec<Event>, CaseError> {
    Ok(session.rows("SELECT * FROM events ORDER BY time, event_uid")?)
}

pub(super) fn fetches(session: &Session) -> Result<Vec<Fetch>, CaseError> {
    Ok(session.rows("SELECT * FROM fetches ORDER BY time, fetch_uid")?)
}

pub(super) fn lookups(session: &Session) -> Result<Vec<RecordLookup>, CaseError> {
    Ok(session.lookups()?)
}

/// Messages with their features, in the order of the `messages` table.
///
/// Where neither delivery headers nor folder name a roster address, the one addressee on
/// the roster stands for the mailbox, else the delivery address: an export of a whole
/// institution into one file is still mail to somebody.
pub(super) fn mails(session: &Session, roster: &[RosterEntry]) -> Result<Vec<MailRow>, CaseError> {
    let features: Vec<MailFeatures> =
        session.rows("SELECT * FROM mail_features ORDER BY message_uid")?;
    let features: BTreeMap<String, MailFeatures> =
        features.into_iter().map(|f| (f.message_uid.as_str().to_owned(), f)).collect();
    let known: std::collections::BTreeSet<&str> =
        roster.iter().flat_map(|entry| entry.addresses.iter().map(String::as_str)).collect();
    let mut mails: Vec<MailRow> = session.rows(
        r#"SELECT message_uid, mailbox, message_id, "from", from_name, reply_to, return_path,
           "to", cc, delivered_to, date, date_offset_minutes, received, subject, in_reply_to, language, evidence
           FROM messages ORDER BY date, message_uid, mailbox"#,
    )?;
    for row in &mut mails {
        if let Some(features) = features.get(row.message_uid.as_str()) {
            row.features.clone_from(features);
        }
        if let Some(mailbox) = addressee(row, &known) {
            row.mailbox = mailbox;
        }
    }
    Ok(mails)
}

fn addressee(row: &MailRow, known: &std::collections::BTreeSet<&str>) -> Option<String> {
    if row.mailbox.contains('@') {
        return None;
    }
    let mut named: Vec<&String> =
        row.to.iter().chain(&row.cc).filter(|address| known.contains(address.as_str())).collect();
    named.sort();
    named.dedup();
    match named[..] {
        [one] => Some(one.clone()),
        // Off the roster, the address it was delivered to still says more than a folder.
        [] => row.delivered_to.first().or(row.to.first().filter(|_| row.to.len() == 1)).cloned(),
        _ => None,
    }
}
