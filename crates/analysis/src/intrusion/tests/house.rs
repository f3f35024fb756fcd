//! A small house: six people who work at an office, read mail at home on their phones,
//! and write now and then. Times are days and hours after 2023-01-02, a Monday.

use demarche_core::{CoverageEntry, Event, EvidenceRef, Exposure, Intrusion, UtcMicros, Wave};

use crate::input::{Context, Networks, Roster};
use crate::intrusion::{IntrusionInput, Parameters, find};

pub(super) const DAYS: i64 = 160;
pub(super) const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36";
pub(super) const FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
pub(super) const PHONE: &str = "Client=OutlookService;Outlook-iOS/2.0;";

/// Microseconds of a day, hour and minute.
pub(super) fn at(day: i64, hour: i64, minute: i64) -> UtcMicros {
    let start = UtcMicros::parse("2023-01-02T00:00:00Z").unwrap();
    start.saturating_add(
        day * UtcMicros::DAY + hour * UtcMicros::HOUR + minute * 60 * UtcMicros::SECOND,
    )
}

pub(super) fn name(person: i64) -> String {
    format!("p{person}@house.example")
}

/// Where and with what somebody sits.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) ip: &'a str,
    pub(super) agent: &'a str,
}

#[derive(Default)]
pub(super) struct House {
    pub(super) events: Vec<Event>,
}

impl House {
    pub(super) fn push(
        &mut self,
        time: UtcMicros,
        account: &str,
        operation: &str,
        seat: Seat<'_>,
        change: impl FnOnce(&mut Event),
    ) {
        let mut event = Event {
            event_uid: format!("e1:{:06}", self.events.len()),
            time: Some(time),
            provider: "m365".into(),
            workload: if operation.starts_with("User") {
                "AzureActiveDirectory"
            } else {
                "Exchange"
            }
            .into(),
            operation: operation.into(),
            account: account.into(),
            actor: account.into(),
            source_ip: seat.ip.into(),
            user_agent: seat.agent.into(),
            detail: "{}".into(),
            evidence: EvidenceRef { offset: self.events.len() as u64, ..EvidenceRef::default() },
            ..Event::default()
        };
        change(&mut event);
        self.events.push(event);
    }

    /// Signs in and reads `messages`, twenty an event.
    pub(super) fn read(&mut self, time: UtcMicros, account: &str, seat: Seat<'_>, messages: usize) {
        self.push(time, account, "UserLoggedIn", seat, |_| {});
        for batch in 0..messages.div_ceil(20) {
            let step = i64::try_from(batch).unwrap() * 40 * UtcMicros::SECOND;
            let n = messages.saturating_sub(batch * 20).min(20);
            self.push(
                time.saturating_add(60 * UtcMicros::SECOND + step),
                account,
                "MailItemsAccessed",
                seat,
                |event| {
                    event.message_ids = (0..n).map(|i| format!("{time}-{batch}-{i}@x")).collect();
                },
            );
        }
    }

    pub(super) fn send(&mut self, time: UtcMicros, account: &str, seat: Seat<'_>) {
        self.push(time, account, "Send", seat, |_| {});
    }

    /// Ordinary life of six people; `skip` says when a person is not at the usual places.
    pub(super) fn life(skip: impl Fn(i64, i64) -> bool) -> Self {
        let mut house = Self::default();
        for person in 0..6 {
            let account = name(person);
            let home = format!("81.{}.7.20", 40 + person);
            for day in 0..DAYS {
                if skip(person, day) {
                    continue;
                }
                let wobble = (person * 7 + day * 5) % 50;
                if day % 7 < 5 {
                    let desk = Seat { ip: "198.51.100.4", agent: CHROME };
                    house.read(at(day, 8, wobble), &account, desk, 12);
                    house.read(at(day, 13, wobble), &account, desk, 8);
                    if (day + person) % 3 > 0 {
                        house.send(at(day, 13, wobble + 5), &account, desk);
                    }
                }
                if (day + person) % 2 == 0 {
                    house.read(at(day, 19, wobble), &account, Seat { ip: &home, agent: PHONE }, 5);
                }
            }
        }
        house
    }

    pub(super) fn find(&self) -> Vec<Intrusion> {
        self.find_with(&Context::default(), &[], &[])
    }

    pub(super) fn find_with(
        &self,
        context: &Context,
        waves: &[Wave],
        exposures: &[Exposure],
    ) -> Vec<Intrusion> {
        let coverage = [CoverageEntry {
            source: "cloud".into(),
            from: Some(at(0, 0, 0)),
            to: Some(at(DAYS, 0, 0)),
            ..CoverageEntry::default()
        }];
        let input = IntrusionInput {
            events: &self.events,
            lookups: &[],
            findings: &[],
            roster: &Roster::default(),
            context,
            networks: &Networks::default(),
            coverage: &coverage,
            waves,
            exposures,
        };
        find(&input, &Parameters::default())
    }
}

/// Rows a reader would act on.
pub(super) fn likely(rows: &[Intrusion]) -> Vec<&Intrusion> {
    rows.iter().filter(|row| row.probability.get() >= 0.55).collect()
}

/// In words, for failing assertions.
pub(super) fn words(rows: &[Intrusion]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(
            text,
            "{:.2} {} {:?} {:?}",
            row.probability.get(),
            row.account,
            row.first_access,
            row.last_access
        );
        for feature in &row.features {
            let _ = writeln!(
                text,
                "  {:+.2} {} {}",
                feature.log_likelihood_ratio.nats(),
                feature.name,
                feature.detail
            );
        }
    }
    text
}
