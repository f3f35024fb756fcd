//! What a licence lets expire, and what it does not let be logged.
//!
//! Microsoft's standard audit keeps events for 180 days, for 90 before 17 October 2023;
//! premium audit keeps those of Exchange, SharePoint and Entra for a year. Reads of mail
//! (`MailItemsAccessed`) were logged with premium licences only until 2024
//! (learn.microsoft.com, Auditing solutions in Microsoft Purview). An account whose events
//! begin on the day of such an edge had others that expired; one without reads of mail was
//! read by nobody knows whom. Both are told of accounts that differ from others of their
//! tenant, which show that the export itself reached further.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Event, EvidenceRef, UtcMicros};

use super::{Hole, Lack};
use crate::intrusion::source_of;

/// From then on standard audit keeps 180 days: 2023-10-17.
const LONGER_SINCE: i64 = 19_647;
/// How far from the edge the first event may lie, in days.
const AT_EDGE: std::ops::RangeInclusive<i64> = -1..=3;
/// Others of the tenant reach further back than the edge by so many days.
const FURTHER: i64 = 14;
/// Days with events among the thirty after the edge: one who was as busy before it.
const BUSY: usize = 12;
/// Events, over as many days, of a mailbox that is known to be in use.
const USED: (usize, usize) = (50, 14);
/// Accounts that are told by name.
const NAMED: usize = 500;

/// What licences took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expiry {
    /// Accounts whose events begin where standard audit ends.
    pub holes: Vec<Hole>,
    /// Accounts without reads of mail.
    pub lacks: Vec<Lack>,
    /// The last in words with a record of such an account, where there are any.
    pub note: Option<(EvidenceRef, String)>,
}

#[derive(Default)]
struct Account<'e> {
    /// Days with events, by evidence kind.
    days: BTreeMap<&'static str, BTreeSet<i64>>,
    first: BTreeMap<&'static str, (i64, &'e EvidenceRef)>,
    mailbox_days: BTreeSet<i64>,
    mailbox_events: usize,
    reads_listed: bool,
    sample: Option<&'e EvidenceRef>,
}

/// Of the events of Microsoft 365, in the order of their times.
#[must_use]
pub fn expired(events: &[Event]) -> Expiry {
    let mut accounts: BTreeMap<&str, Account<'_>> = BTreeMap::new();
    let mut spans: BTreeMap<&'static str, (i64, i64)> = BTreeMap::new();
    for event in events.iter().filter(|event| event.provider == "m365") {
        let Some(time) = event.time.filter(|_| event.account.contains('@')) else { continue };
        let (kind, day) = (source_of(event), time.day());
        let span = spans.entry(kind).or_insert((time.micros(), time.micros()));
        *span = (span.0.min(time.micros()), span.1.max(time.micros()));
        let account = accounts.entry(&event.account).or_default();
        account.days.entry(kind).or_default().insert(day);
        let first = account.first.entry(kind).or_insert((time.micros(), &event.evidence));
        if time.micros() < first.0 {
            *first = (time.micros(), &event.evidence);
        }
        if event.workload.eq_ignore_ascii_case("exchange") {
            account.mailbox_days.insert(day);
            account.mailbox_events += 1;
            account.reads_listed |= event.operation.eq_ignore_ascii_case("MailItemsAccessed");
            account.sample.get_or_insert(&event.evidence);
        }
    }
    let mut found = Expiry::default();
    for (name, account) in &accounts {
        found
            .holes
            .extend(spans.iter().filter_map(|(kind, span)| at_edge(name, account, kind, *span)));
    }
    unlisted(&accounts, &mut found);
    found
}

/// The time before the first event of an account that begins where standard audit ends.
fn at_edge(
    name: &str,
    account: &Account<'_>,
    kind: &'static str,
    span: (i64, i64),
) -> Option<Hole> {
    let (first, evidence) = *account.first.get(kind)?;
    let end = span.1.div_euclid(UtcMicros::DAY);
    // What was logged before the change kept its ninety days.
    let edge = (end - 180).max(LONGER_SINCE.min(end - 90));
    let (day, kept) = (first.div_euclid(UtcMicros::DAY), end - edge);
    let begins = AT_EDGE.contains(&(day - edge));
    let further = day - span.0.div_euclid(UtcMicros::DAY) >= FURTHER;
    let busy = account.days.get(kind)?.range(day..day + 30).count() >= BUSY;
    (begins && further && busy).then(|| Hole {
        source: kind.to_owned(),
        account: name.to_owned(),
        from: UtcMicros::from_micros(span.0).unwrap_or_default(),
        to: UtcMicros::from_micros(first).unwrap_or_default(),
        reason: format!(
            "the account's events begin {kept} days before the export's end, as far back as \
             standard audit keeps them: earlier ones may have expired"
        ),
        evidence: evidence.clone(),
    })
}

/// Mailboxes in use none of whose reads are listed, where those of others are.
fn unlisted(accounts: &BTreeMap<&str, Account<'_>>, found: &mut Expiry) {
    let listed = accounts.values().filter(|account| account.reads_listed).count();
    let without: Vec<(&str, &Account<'_>)> = accounts
        .iter()
        .filter(|(_, account)| {
            !account.reads_listed
                && account.mailbox_events >= USED.0
                && account.mailbox_days.len() >= USED.1
        })
        .map(|(name, account)| (*name, account))
        .collect();
    if without.is_empty() {
        return;
    }
    if listed > 0 {
        found.lacks.extend(without.iter().take(NAMED).map(|(name, _)| {
            Lack {
                source: "cloud".to_owned(),
                account: (*name).to_owned(),
                note: "reads of mail could not be seen: no MailItemsAccessed among the account's \
                   events, though there are of others (the licence may not log them)"
                    .to_owned(),
            }
        }));
    }
    let sample = without.iter().find_map(|(_, account)| account.sample);
    found.note = sample.map(|evidence| {
        let n = without.len();
        let text = format!(
            "reads of mail (MailItemsAccessed) are listed of {listed} accounts and of none of {n} \
             others in use: what was read there could not be seen (the licence may not log it)"
        );
        (evidence.clone(), text)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(account: &str, day: i64, operation: &str) -> Event {
        Event {
            provider: "m365".into(),
            workload: "Exchange".into(),
            operation: operation.into(),
            account: account.into(),
            time: UtcMicros::from_micros(day * UtcMicros::DAY + UtcMicros::HOUR),
            ..Event::default()
        }
    }

    /// Twice every day from `from` to before `to`.
    fn daily(account: &str, from: i64, to: i64, operation: &str) -> Vec<Event> {
        (from..to).flat_map(|day| vec![event(account, day, operation); 2]).collect()
    }

    const END: i64 = 20_200;

    #[test]
    fn a_beginning_at_the_edge_is_an_expiry() {
        let mut events = daily("premium@x", END - 364, END + 1, "MailItemsAccessed");
        events.extend(daily("standard@x", END - 180, END + 1, "Send"));
        events.extend(daily("joined@x", END - 140, END + 1, "Send"));
        let found = expired(&events);
        assert_eq!(found.holes.len(), 1);
        assert_eq!(found.holes[0].account, "standard@x");
        assert_eq!(found.holes[0].to.day(), END - 180);
        // Alone it would only be the beginning of the export.
        assert!(expired(&daily("standard@x", END - 180, END + 1, "Send")).holes.is_empty());
    }

    #[test]
    fn before_october_2023_it_was_ninety_days() {
        let end = LONGER_SINCE - 100;
        let mut events = daily("premium@x", end - 364, end + 1, "Send");
        events.extend(daily("standard@x", end - 90, end + 1, "Send"));
        assert_eq!(expired(&events).holes.len(), 1);
    }

    #[test]
    fn mailboxes_without_listed_reads_are_told() {
        let mut events = daily("premium@x", END - 60, END, "MailItemsAccessed");
        events.extend(daily("standard@x", END - 60, END, "Send"));
        events.extend(daily("hardly@x", END - 5, END, "Send"));
        let found = expired(&events);
        assert_eq!(found.lacks.len(), 1);
        assert_eq!(found.lacks[0].account, "standard@x");
        assert!(found.note.unwrap().1.contains("of 1 accounts and of none of 1 others"));
        assert!(expired(&daily("premium@x", END - 60, END, "MailItemsAccessed")).note.is_none());
    }
}
