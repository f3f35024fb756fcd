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
    Ok(session.rows("SELECT * FROM record_lookups ORDER BY time, lookup_uid")?)
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

/// Coverage for each kind of evidence that nobody stated anything about: from its first
/// to its last record, one in a thousand left out at either end where a sender could
/// have chosen the time. Said to be inferred, since an empty log looks like no log.
pub(super) fn inferred_coverage(
    session: &Session,
    stated: &[CoverageEntry],
) -> Result<Vec<CoverageEntry>, CaseError> {
    let kinds = [
        // `received` is the institution's own clock; `date` is the sender's to choose.
        ("mail", "SELECT coalesce(received, date) AS time FROM messages", 1_000),
        (
            "identity",
            "SELECT time FROM events WHERE workload IN ('AzureActiveDirectory', 'Identity', 'login')",
            0,
        ),
        // Neither server nor delivery logs tell what the cloud's audit log covers.
        (
            "cloud",
            "SELECT time FROM events
             WHERE workload NOT IN ('AzureActiveDirectory', 'Identity', 'login')
             AND provider NOT IN
             ('iis', 'w3c', 'exchange', 'windows', 'exchange_trace', 'exchange_tracking',
             'gmail_log')",
            0,
        ),
        // A resolver's log does not show requests, so it covers none.
        ("web", "SELECT time FROM fetches WHERE method NOT IN ('DNS', 'TLS')", 0),
        ("calls", "SELECT time FROM calls", 0),
        ("record_lookups", "SELECT time FROM record_lookups", 0),
    ];
    let mut inferred = Vec::new();
    for (source, times, one_in) in kinds {
        if stated.iter().any(|entry| entry.source == source) {
            continue;
        }
        let times = format!("SELECT time FROM ({times}) WHERE time IS NOT NULL");
        let records = session.count(&times)?;
        // Of fewer than a hundred records the outermost may be the only true ones.
        let left_out = if one_in == 0 { 0 } else { records.div_ceil(one_in) };
        let left_out = if records < 100 { 0 } else { left_out };
        let end = |order: &str| -> Result<Option<demarche_core::UtcMicros>, CaseError> {
            let sql = format!("{times} ORDER BY time {order} LIMIT 1 OFFSET {left_out}");
            let found: Vec<Time> = session.rows(&sql)?;
            Ok(found.first().and_then(|row| row.time))
        };
        if let (Some(from), Some(to)) = (end("ASC")?, end("DESC")?) {
            inferred.push(CoverageEntry {
                source: source.to_owned(),
                from: Some(from),
                to: Some(to),
                inferred: true,
                note: match left_out {
                    0 => "first and last record seen".to_owned(),
                    n => format!("first and last record seen, the outermost {n} left out"),
                },
                ..CoverageEntry::default()
            });
        }
    }
    Ok(inferred)
}

#[derive(serde::Deserialize)]
struct Time {
    time: Option<demarche_core::UtcMicros>,
}
