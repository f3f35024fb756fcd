//! Look-ups of call records: one operator over protected people and their families,
//! without purpose, after hours, again and again.
//!
//! What is ordinary is told from the look-ups of numbers that are on no roster, which
//! are most. An intrusion's account is the subject's number.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{EvidenceRef, Probability, RecordLookup, UtcMicros};

use super::evidence::{Class, Weighed};
use super::profile::count;
use super::score::{self, Score};
use super::weights;
use crate::input::Roster;

/// Look-ups of one number further apart are weighed apart.
const SPLIT: i64 = 90 * UtcMicros::DAY;

/// Suspect look-ups of one number by one operator.
pub(crate) struct Looked {
    /// As on the roster.
    pub(crate) number: String,
    pub(crate) operator: String,
    /// Indexes into the look-ups, by time.
    pub(crate) lookups: Vec<usize>,
    pub(crate) score: Score,
}

/// What look-ups usually are.
struct Usual {
    no_purpose: f64,
    /// Share of look-ups in an hour of the week.
    hours: [f64; 168],
    off_hours: f64,
    rows: f64,
    /// Mean of distinct days an operator asks for one number.
    repeats: f64,
    /// Share of look-ups that are of protected numbers.
    protected: f64,
}

/// What is usual for one operator.
#[derive(Clone, Copy)]
struct Own {
    no_purpose: f64,
    off_hours: f64,
}

/// An hour of the week that holds less than this share of look-ups is out of hours.
const OFF: f64 = 0.002;

impl Usual {
    fn new(lookups: &[RecordLookup], roster: &Roster) -> Self {
        let mut hours = [0.0; 168];
        let (mut total, mut empty, mut protected) = (0.0, 0.0, 0.0);
        let mut rows = Vec::new();
        let mut days: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
        for lookup in lookups {
            let Some(time) = lookup.time else { continue };
            if !roster.by_phone(&lookup.subject_number, None).is_empty() {
                protected += 1.0;
                continue;
            }
            total += 1.0;
            empty += f64::from(u8::from(lookup.purpose.trim().is_empty()));
            hours[hour_of_week(time)] += 1.0;
            rows.push(u32::try_from(lookup.rows.max(0)).unwrap_or(u32::MAX));
            days.entry((&lookup.operator, &lookup.subject_number)).or_default().insert(time.day());
        }
        // Each hour borrows from its neighbours and from the same hour of other days.
        let mut smooth = [0.0; 168];
        for (at, value) in smooth.iter_mut().enumerate() {
            let near = hours[(at + 167) % 168] + hours[at] + hours[(at + 1) % 168];
            *value = (near / 3.0 + 0.05) / (total + 168.0 * 0.05);
        }
        let off: f64 =
            hours.iter().enumerate().filter(|(at, _)| smooth[*at] < OFF).map(|(_, n)| n).sum();
        let pairs = count(days.len());
        Self {
            no_purpose: (empty + 1.0) / (total + 4.0),
            hours: smooth,
            off_hours: (off + 1.0) / (total + 6.0),
            rows: super::baseline::median(&mut rows),
            repeats: if pairs > 0.0 {
                days.values().map(|d| count(d.len())).sum::<f64>() / pairs
            } else {
                1.0
            },
            protected: (protected + 1.0) / (total + protected + 20.0),
        }
    }

    fn off_hours(&self, time: UtcMicros) -> bool {
        self.hours[hour_of_week(time)] < OFF
    }

    /// Purpose and hour of a single look-up, in nats, against the operator's own ways.
    fn single(&self, own: Own, lookup: &RecordLookup, time: UtcMicros) -> (f64, f64) {
        let purpose = if lookup.purpose.trim().is_empty() {
            (0.75 / own.no_purpose).ln().max(0.0)
        } else {
            (0.25 / (1.0 - own.no_purpose)).ln()
        };
        let hours = if self.off_hours(time) {
            (0.5 / own.off_hours).ln().max(0.0)
        } else {
            (0.5 / (1.0 - own.off_hours)).ln()
        };
        (purpose, hours)
    }

    /// What is usual for one operator: everybody's ways where little is known of him.
    fn own(&self, lookups: &[RecordLookup], roster: &Roster, all: &[usize]) -> Own {
        let (mut total, mut empty, mut off) = (0.0, 0.0, 0.0);
        for lookup in all.iter().map(|i| &lookups[*i]) {
            let Some(time) = lookup.time else { continue };
            if roster.by_phone(&lookup.subject_number, None).is_empty() {
                total += 1.0;
                empty += f64::from(u8::from(lookup.purpose.trim().is_empty()));
                off += f64::from(u8::from(self.off_hours(time)));
            }
        }
        let blend = |own: f64, usual: f64| (own + 8.0 * usual) / (total + 8.0);
        Own {
            // Never below everybody's: one who always writes a purpose may forget it once.
            no_purpose: blend(empty, self.no_purpose).max(self.no_purpose),
            off_hours: blend(off, self.off_hours).max(self.off_hours),
        }
    }
}

fn hour_of_week(time: UtcMicros) -> usize {
    let (hour, weekday) = time.hour_and_weekday(0);
    (usize::from(weekday) * 24 + usize::from(hour)).min(167)
}

/// Suspect look-ups of the roster's numbers, by operator and number.
pub(crate) fn find(lookups: &[RecordLookup], roster: &Roster, prior: Probability) -> Vec<Looked> {
    let usual = Usual::new(lookups, roster);
    let mut operators: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut order: Vec<usize> = (0..lookups.len()).filter(|i| lookups[*i].time.is_some()).collect();
    order.sort_by(|a, b| {
        (lookups[*a].time, &lookups[*a].lookup_uid)
            .cmp(&(lookups[*b].time, &lookups[*b].lookup_uid))
    });
    for index in order {
        operators.entry(&lookups[index].operator).or_default().push(index);
    }
    operators
        .into_iter()
        .flat_map(|(operator, all)| by_operator(lookups, roster, &usual, operator, &all, prior))
        .collect()
}

fn by_operator(
    lookups: &[RecordLookup],
    roster: &Roster,
    usual: &Usual,
    operator: &str,
    all: &[usize],
    prior: Probability,
) -> Vec<Looked> {
    let mut numbers: BTreeMap<String, (Vec<usize>, usize)> = BTreeMap::new();
    let mut addresses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut protected = 0_usize;
    let own = usual.own(lookups, roster, all);
    for &index in all {
        let lookup = &lookups[index];
        if let Some(number) = roster_number(roster, &lookup.subject_number) {
            protected += 1;
            let Some(time) = lookup.time else { continue };
            let (purpose, hours) = usual.single(own, lookup, time);
            let of_number = numbers.entry(number).or_default();
            of_number.0.push(index);
            of_number.1 += usize::from(purpose + hours > 0.0);
        } else {
            *addresses.entry(&lookup.source_ip).or_default() += 1;
        }
    }
    let mut asked: Vec<(i64, &str)> = numbers
        .iter()
        .flat_map(|(number, (indexes, _))| indexes.iter().map(move |i| (*i, number.as_str())))
        .filter_map(|(i, number)| Some((lookups[i].time?.micros(), number)))
        .collect();
    asked.sort_unstable();
    let mut found = Vec::new();
    for (number, (indexes, odd)) in &numbers {
        // A number of which most look-ups are ordinary, and not on many days, is an
        // ordinary subscriber.
        let days: BTreeSet<i64> =
            indexes.iter().filter_map(|i| lookups[*i].time).map(UtcMicros::day).collect();
        if *odd * 2 < indexes.len() && days.len() < 3 {
            continue;
        }
        for run in split(lookups, indexes) {
            let mut items = single_items(lookups, usual, own, &run);
            items.extend(repeats(lookups, usual, &run));
            items.push(together(lookups, roster, number, &asked, &run));
            items.extend(focus(usual, protected, all.len(), &run));
            let stranger = !addresses.is_empty()
                && run.iter().all(|i| !addresses.contains_key(lookups[*i].source_ip.as_str()));
            if stranger {
                items.push(item(
                    Class::Profile,
                    "lookups_from_another_address",
                    weights::LOOKUP_ADDRESS,
                    format!("{operator} asks from addresses not used for anything else"),
                    &run,
                ));
            }
            if run.len() == 1 {
                items.push(item(
                    Class::Repeats,
                    "asked_once",
                    weights::SINGLE_SITTING,
                    "asked for once only".to_owned(),
                    &run,
                ));
            }
            found.push(Looked {
                number: number.clone(),
                operator: operator.to_owned(),
                lookups: run,
                score: score::sum(items, prior.get()),
            });
        }
    }
    found
}

fn item(class: Class, name: &'static str, nats: f64, detail: String, lookups: &[usize]) -> Weighed {
    Weighed { class, name, nats, detail, accesses: lookups.iter().take(20).copied().collect() }
}

fn split(lookups: &[RecordLookup], indexes: &[usize]) -> Vec<Vec<usize>> {
    let time = |i: usize| lookups[i].time.map_or(0, UtcMicros::micros);
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for &index in indexes {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| time(index) - time(*last) <= SPLIT) => {
                run.push(index);
            }
            _ => runs.push(vec![index]),
        }
    }
    runs
}

fn single_items(lookups: &[RecordLookup], usual: &Usual, own: Own, run: &[usize]) -> Vec<Weighed> {
    let (mut purpose, mut hours) = (0.0, 0.0);
    // One who abuses a stolen account may write what everybody writes, at the hours at
    // which everybody works: then purposes and hours say nothing.
    let either =
        |nats: f64| (0.5 * nats.clamp(-50.0, 50.0).exp() + 0.5).ln() * weights::LOOKUP_MANNERS;
    let (mut without, mut off) = (0, 0);
    let mut rows: Vec<u32> = Vec::new();
    for &index in run {
        let lookup = &lookups[index];
        let Some(time) = lookup.time else { continue };
        let (p, h) = usual.single(own, lookup, time);
        purpose += p;
        hours += h;
        without += usize::from(lookup.purpose.trim().is_empty());
        off += usize::from(usual.off_hours(time));
        rows.push(u32::try_from(lookup.rows.max(0)).unwrap_or(u32::MAX));
    }
    let mut items = vec![
        item(
            Class::Purpose,
            "no_purpose_given",
            either(purpose),
            format!(
                "{without} of {} without a purpose; {:.0}% usually",
                run.len(),
                own.no_purpose * 100.0
            ),
            run,
        ),
        item(
            Class::OffHours,
            "out_of_hours",
            either(hours),
            format!("{off} of {} out of hours; {:.0}% usually", run.len(), usual.off_hours * 100.0),
            run,
        ),
    ];
    let median = super::baseline::median(&mut rows);
    let doublings = (median.max(1.0) / usual.rows.max(1.0)).log2();
    if doublings >= 1.0 {
        items.push(item(
            Class::Volume,
            "rows_in_bulk",
            (doublings * 0.5).min(weights::LOOKUP_BULK_CAP),
            format!("{median:.0} rows each, against {:.0}", usual.rows),
            run,
        ));
    }
    items
}

fn repeats(lookups: &[RecordLookup], usual: &Usual, run: &[usize]) -> Option<Weighed> {
    let days: BTreeSet<i64> =
        run.iter().filter_map(|i| lookups[*i].time).map(UtcMicros::day).collect();
    // By week: a busy week about one subscriber is one affair.
    let weeks: BTreeSet<i64> = days.iter().map(|day| day.div_euclid(7)).collect();
    let surplus = count(weeks.len()) - usual.repeats;
    (surplus > 0.5).then(|| {
        item(
            Class::Repeats,
            "asked_again_and_again",
            (surplus * 0.5).min(weights::LOOKUP_REPEAT_CAP),
            format!(
                "on {} days in {} weeks; {:.1} days usually",
                days.len(),
                weeks.len(),
                usual.repeats
            ),
            run,
        )
    })
}

/// Other protected numbers that the operator asks for within the hour: one who watches
/// a person asks for the family too. `asked` are all suspect look-ups by time.
fn together(
    lookups: &[RecordLookup],
    roster: &Roster,
    number: &str,
    asked: &[(i64, &str)],
    run: &[usize],
) -> Weighed {
    let near = names(roster, number);
    let mut kin: BTreeSet<&str> = BTreeSet::new();
    let mut days: BTreeSet<i64> = BTreeSet::new();
    let mut numbers: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for time in run.iter().filter_map(|i| lookups[*i].time) {
        let from = asked.partition_point(|(t, _)| *t < time.micros() - UtcMicros::HOUR);
        let others = asked[from..]
            .iter()
            .take_while(|(t, _)| *t <= time.micros() + UtcMicros::HOUR)
            .filter(|(_, other)| *other != number);
        for (_, other) in others {
            days.insert(time.day());
            numbers.entry(other).or_default().insert(time.day());
            if !near.is_disjoint(&names(roster, other)) {
                kin.insert(other);
            }
        }
    }
    if days.is_empty() {
        return item(
            Class::Household,
            "asked_for_alone",
            weights::LOOKUP_ALONE,
            "no other protected number asked for within the hour".to_owned(),
            run,
        );
    }
    // The same company on another day again is no chance.
    let again: usize = numbers.values().map(|days| days.len() - 1).sum();
    let nats = (1.0 + count(again)).ln() * weights::LOOKUP_COMPANY + count(kin.len()) * 1.0;
    item(
        Class::Household,
        "family_or_others_asked_for_too",
        nats.min(weights::LOOKUP_FAMILY_CAP),
        format!(
            "on {} days {} other protected numbers within the hour, {} of the same person or family, \
             {again} times again",
            days.len(),
            numbers.len(),
            kin.len()
        ),
        run,
    )
}

/// By what two numbers are of one household: the person, the family name.
fn names(roster: &Roster, number: &str) -> BTreeSet<String> {
    roster
        .by_phone(number, None)
        .iter()
        .flat_map(|entry| {
            let surname = entry.name.split_whitespace().last().unwrap_or_default().to_lowercase();
            [format!("person {}", entry.person_id), format!("name {surname}")]
        })
        .collect()
}

/// The operator's share of protected people against everybody's.
fn focus(usual: &Usual, protected: usize, all: usize, run: &[usize]) -> Option<Weighed> {
    let share = (count(protected) + 0.2) / (count(all) + 4.0);
    let nats = (share / usual.protected).ln();
    (nats > 0.3).then(|| {
        item(
            Class::Focus,
            "operator_asks_for_protected_people",
            nats.min(weights::LOOKUP_FOCUS_CAP),
            format!(
                "{protected} of the operator's {all} look-ups are of protected people; {:.0}% usually",
                usual.protected * 100.0
            ),
            run,
        )
    })
}

/// The number as the roster writes it, when it is on the roster.
fn roster_number(roster: &Roster, number: &str) -> Option<String> {
    // The roster has told that one of these is the number; which one, the digits say.
    let digits = |text: &str| -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').to_owned()
    };
    roster
        .by_phone(number, None)
        .iter()
        .flat_map(|entry| &entry.phones)
        .find(|phone| digits(phone) == digits(number))
        .cloned()
}

impl Looked {
    /// Posterior and features.
    pub(crate) fn features(
        &self,
        lookups: &[RecordLookup],
        prior: Probability,
    ) -> (Probability, Vec<demarche_core::ScoredFeature>) {
        let cite = |index: usize| -> &EvidenceRef { &lookups[index].evidence };
        self.score.features(prior, &cite)
    }
}
