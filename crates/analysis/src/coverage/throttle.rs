//! Mailboxes whose reads were no longer listed.
//!
//! "If more than 1,000 MailItemsAccessed audit records are generated in less than 24
//! hours, Exchange Online will stop generating auditing records for MailItemsAccessed
//! activity": for the next 24 hours; records that tell of it bear `IsThrottled`
//! (learn.microsoft.com, Use MailItemsAccessed to investigate compromised accounts). Only
//! binds are throttled; syncs go on.

use std::collections::{BTreeMap, VecDeque};

use demarche_core::{Event, EvidenceRef, UtcMicros};

use super::Hole;

/// Binds of a mailbox within 24 hours from which on none are listed.
const MOST: usize = 1_000;
/// Binds of one minute bear times that differ; what comes within the hour belongs to them.
const SETTLED: i64 = UtcMicros::HOUR;

/// The blind day after each throttling, by mailbox. Where only the number of binds speaks
/// for it, none may follow within the day: those that do were listed.
#[must_use]
pub fn throttled(events: &[Event]) -> Vec<Hole> {
    let mut binds: BTreeMap<&str, Vec<(i64, bool, &EvidenceRef)>> = BTreeMap::new();
    for event in events.iter().filter(|event| is_bind(event)) {
        if let Some(time) = event.time {
            let flagged = says_throttled(&event.detail);
            binds.entry(&event.account).or_default().push((
                time.micros(),
                flagged,
                &event.evidence,
            ));
        }
    }
    let mut holes = Vec::new();
    for (account, mut of_account) in binds {
        of_account.sort_unstable();
        holes.extend(of_mailbox(account, &of_account));
    }
    holes
}

fn of_mailbox(account: &str, binds: &[(i64, bool, &EvidenceRef)]) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut day: VecDeque<i64> = VecDeque::new();
    let mut until = i64::MIN;
    for (at, &(time, flagged, evidence)) in binds.iter().enumerate() {
        day.push_back(time);
        while day.front().is_some_and(|first| *first <= time.saturating_sub(UtcMicros::DAY)) {
            day.pop_front();
        }
        if time < until || !flagged && day.len() <= MOST {
            continue;
        }
        let end = time.saturating_add(UtcMicros::DAY);
        let listed = || {
            let after = binds[at..].iter().map(|bind| bind.0);
            after.skip_while(|t| *t <= time + SETTLED).any(|t| t < end)
        };
        if !flagged && listed() {
            continue;
        }
        let (Some(from), Some(to)) = (UtcMicros::from_micros(time), UtcMicros::from_micros(end))
        else {
            continue;
        };
        until = end;
        let why = if flagged {
            "an event says that it was throttled"
        } else {
            "over 1,000 in 24 hours, then none"
        };
        holes.push(Hole {
            source: "cloud".to_owned(),
            account: account.to_owned(),
            from,
            to,
            reason: format!(
                "reads of the mailbox (MailItemsAccessed) are not listed for 24 hours: {why}"
            ),
            evidence: evidence.clone(),
        });
    }
    holes
}

fn is_bind(event: &Event) -> bool {
    event.operation.eq_ignore_ascii_case("MailItemsAccessed")
        && event.provider == "m365"
        && !event.account.is_empty()
        && !event.detail.contains(r#""MailAccessType":"Sync""#)
}

/// Whether a record's `IsThrottled` is true, as text or as a truth value.
pub(crate) fn says_throttled(detail: &str) -> bool {
    detail.find("IsThrottled").is_some_and(|at| {
        let rest = &detail.as_bytes()[at..];
        rest[..rest.len().min(40)].windows(4).any(|bytes| bytes.eq_ignore_ascii_case(b"true"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(seconds: i64, throttled: bool) -> Event {
        Event {
            provider: "m365".into(),
            operation: "MailItemsAccessed".into(),
            account: "a@x.example".into(),
            time: UtcMicros::from_seconds(1_700_000_000 + seconds),
            detail: format!(
                r#"{{"OperationProperties":{{"IsThrottled":"{throttled}","MailAccessType":"Bind"}}}}"#
            ),
            ..Event::default()
        }
    }

    #[test]
    fn a_flag_blinds_for_a_day() {
        let holes = throttled(&[bind(0, false), bind(60, true), bind(120, true)]);
        assert_eq!(holes.len(), 1);
        assert_eq!(holes[0].to.micros() - holes[0].from.micros(), UtcMicros::DAY);
    }

    #[test]
    fn a_thousand_in_a_day_blind_unless_more_are_listed() {
        let many: Vec<Event> = (0..1_001).map(|n| bind(n * 30, false)).collect();
        assert_eq!(throttled(&many).len(), 1);
        let fewer: Vec<Event> = (0..1_000).map(|n| bind(n * 30, false)).collect();
        assert!(throttled(&fewer).is_empty());
        let slowly: Vec<Event> = (0..1_500).map(|n| bind(n * 120, false)).collect();
        assert!(throttled(&slowly).is_empty());
        let on_and_on: Vec<Event> = (0..4_000).map(|n| bind(n * 30, false)).collect();
        assert!(throttled(&on_and_on).iter().all(|hole| {
            hole.from >= UtcMicros::from_seconds(1_700_000_000 + 3_870 * 30).unwrap()
        }));
    }
}
