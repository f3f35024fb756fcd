//! How alike the recipients are by roster groups as valid on that day.
//!
//! Honest bursts are group-aligned too (an invitation to one committee), so the measure
//! is not a chance model alone but the rank among the archive's own honest mailings.

use std::collections::BTreeMap;

use demarche_core::UtcMicros;

use super::super::CampaignInput;
use super::super::bursts::Burst;
use super::super::counts::{Archive, Id};
use super::super::weights::{AUDIENCE, SMALL_AUDIENCE, WIDE_AUDIENCE};
use super::{Items, float, null, share};

/// Audiences up to this size are compared with each other.
pub(super) const SMALL: usize = 40;
/// Share of targeted waves held to be more alike than nearly all honest mailings.
const TYPICAL: f64 = 0.82;
/// Smaller labels (one person's spouse) bind nobody.
const MEMBERS: usize = 3;
/// The roster is looked at in steps of this many days.
const STEP_DAYS: i64 = 30;

type Label = String;

/// Labels of people (committees, causes, roles) at one step of time.
#[derive(Debug, Default)]
struct Step {
    /// Institution to people.
    people: BTreeMap<String, usize>,
    /// Label to institution to people.
    labels: BTreeMap<Label, BTreeMap<String, usize>>,
}

/// The roster's groups over time.
#[derive(Debug)]
pub(in super::super) struct Audience<'i, 'a> {
    input: &'i CampaignInput<'a>,
    archive: &'i Archive<'a>,
    people: usize,
}

/// How alike the recipients of a burst are.
#[derive(Clone, Debug, Default)]
pub(super) struct Alike {
    /// Information on the strongest label, in nats a recipient, after paying for the
    /// number of labels tried.
    strength: f64,
    people: usize,
    best: Option<(Label, usize, f64)>,
    /// Rank among honest mailings.
    rank: Option<null::Rank>,
}

impl<'i, 'a> Audience<'i, 'a> {
    pub(in super::super) fn new(input: &'i CampaignInput<'a>, archive: &'i Archive<'a>) -> Self {
        let mut people: Vec<&str> =
            input.roster.entries().iter().map(|entry| entry.person_id.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        Self { input, archive, people: people.len() }
    }

    /// Measures all bursts and ranks each among the others; each counts there for as
    /// much as it is `honest` (0..=1) by its other evidence.
    pub(super) fn compare(&self, bursts: &[Burst], honest: &[f64]) -> Vec<Alike> {
        let mut steps: BTreeMap<i64, Step> = BTreeMap::new();
        let mut alike: Vec<Alike> = bursts
            .iter()
            .map(|burst| {
                let number = burst.days.0.div_euclid(STEP_DAYS);
                let step = steps.entry(number).or_insert_with(|| self.step(number));
                self.measure(step, &burst.recipients, burst.days.0)
            })
            .collect();
        let strengths: Vec<Option<f64>> =
            alike.iter().map(|one| (one.people >= 3).then_some(one.strength)).collect();
        for (one, rank) in alike.iter_mut().zip(null::ranks(&strengths, honest)) {
            one.rank = rank;
        }
        alike
    }

    pub(super) fn score(&self, burst: &Burst, alike: &Alike, items: &mut Items) {
        let part = share(alike.people.max(burst.recipients.len()), self.people.max(1));
        if self.people > 0 && burst.recipients.len() >= 15 && part > 0.15 {
            let detail = format!(
                "{} recipients, {:.0}% of the roster",
                burst.recipients.len(),
                part * 100.0
            );
            items.add(&WIDE_AUDIENCE, ((part - 0.1) / 0.25).min(1.0), detail);
        } else if burst.recipients.len() <= SMALL {
            items.add(&SMALL_AUDIENCE, 1.0, format!("{} recipients", burst.recipients.len()));
        }
        let Some((label, shared, expected)) = &alike.best else { return };
        if alike.people < 3 {
            return;
        }
        let figures = format!(
            "{shared} of {} people share \"{label}\" ({expected:.1} expected)",
            alike.people
        );
        match alike.rank {
            Some(rank) => items.add(
                &AUDIENCE,
                null::rank_nats(rank, TYPICAL),
                format!(
                    "{figures}; {:.1}% of {:.0} honest mailings are as much alike",
                    rank.to * 100.0,
                    rank.null
                ),
            ),
            None => items.add(
                &AUDIENCE,
                (alike.strength * float(alike.people) * 0.2).clamp(-0.5, 1.0),
                format!("{figures}; too few honest bursts to compare with"),
            ),
        }
    }

    /// People and labels valid in the middle of a step.
    fn step(&self, number: i64) -> Step {
        let middle = (number * STEP_DAYS + STEP_DAYS / 2).saturating_mul(UtcMicros::DAY);
        let at = UtcMicros::from_micros(middle);
        let mut step = Step::default();
        let mut seen = std::collections::BTreeSet::new();
        for entry in self.input.roster.entries() {
            if at.is_some_and(|at| !entry.valid_at(at)) || !seen.insert(entry.person_id.as_str()) {
                continue;
            }
            *step.people.entry(entry.institution.clone()).or_default() += 1;
            for label in labels(entry) {
                let houses = step.labels.entry(label).or_default();
                *houses.entry(entry.institution.clone()).or_default() += 1;
            }
        }
        step.labels.retain(|_, houses| houses.values().sum::<usize>() >= MEMBERS);
        step
    }

    /// Each label shared by the recipients with (people, expected), by strength.
    fn shared(
        &self,
        step: &Step,
        recipients: &[Id],
        day: i64,
        base: Base,
    ) -> (usize, Vec<(Label, usize, f64, f64)>) {
        let at = UtcMicros::from_micros(day.saturating_mul(UtcMicros::DAY) + UtcMicros::DAY / 2);
        let mut people: BTreeMap<&str, (String, Vec<Label>)> = BTreeMap::new();
        for &recipient in recipients {
            let address = self.archive.addresses.name(recipient);
            for entry in self.input.roster.by_address(address, at).into_iter().take(1) {
                // A spouse's or private account bears no group of its own, and was chosen
                // for somebody else's.
                let known = |label: &Label| step.labels.contains_key(label);
                if entry.kind == "linked" && !labels(entry).iter().any(known) {
                    continue;
                }
                let person = people
                    .entry(&entry.person_id)
                    .or_insert_with(|| (entry.institution.clone(), Vec::new()));
                for label in labels(entry) {
                    if !person.1.contains(&label) {
                        person.1.push(label);
                    }
                }
            }
        }
        let mut houses: BTreeMap<&str, usize> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (house, labels) in people.values() {
            *houses.entry(house).or_default() += 1;
            for label in labels {
                *counts.entry(label).or_default() += 1;
            }
        }
        let mut shared: Vec<(Label, usize, f64, f64)> = counts
            .into_iter()
            .filter(|(label, _)| step.labels.contains_key(*label))
            .map(|(label, count)| {
                let with = step.labels.get(label);
                let rate = |with: usize, of: usize| (float(with) + 0.25) / (float(of) + 0.5);
                let expected: f64 = match base {
                    Base::House => houses
                        .iter()
                        .map(|(house, n)| {
                            let of = step.people.get(*house).copied().unwrap_or(0);
                            let with = with.and_then(|h| h.get(*house)).copied().unwrap_or(0);
                            float(*n) * rate(with, of)
                        })
                        .sum(),
                    Base::Roster => {
                        let with = with.map_or(0, |houses| houses.values().sum());
                        float(people.len()) * rate(with, step.people.values().sum())
                    }
                };
                let (k, expected) = (float(count), expected.max(0.05));
                // Chernoff bound of a Poisson count, in nats; nothing below expectation.
                let nats = if k > expected { k * (k / expected).ln() - k + expected } else { 0.0 };
                (label.to_owned(), count, expected, nats)
            })
            .collect();
        shared.sort_by(|a, b| b.3.total_cmp(&a.3).then_with(|| a.0.cmp(&b.0)));
        (people.len(), shared)
    }

    fn measure(&self, step: &Step, recipients: &[Id], day: i64) -> Alike {
        let (people, shared) = self.shared(step, recipients, day, Base::House);
        let tried = float(step.labels.len().max(1)).ln();
        let Some((label, count, expected, nats)) = shared.into_iter().next() else {
            return Alike { people, ..Alike::default() };
        };
        let strength = (nats - tried) / float(people.max(1));
        Alike { strength, people, best: Some((label, count, expected)), rank: None }
    }
}

/// Groups and roles of a roster line; of equal names, groups come first.
fn labels(entry: &demarche_core::RosterEntry) -> Vec<Label> {
    entry.groups.iter().chain(&entry.roles).filter(|label| !label.is_empty()).cloned().collect()
}

/// What chance is reckoned against.
#[derive(Clone, Copy, Debug)]
enum Base {
    /// The recipients' own institutions: whoever writes to one shares its groups anyway.
    House,
    /// The whole roster.
    Roster,
}

/// Groups that recipients share beyond chance on a day, strongest first, at most five:
/// against their own institutions, or, where nothing tells them apart there (all of a
/// party's candidates), against the whole roster.
pub(in super::super) fn groups_beyond_chance(
    audience: &Audience<'_, '_>,
    recipients: &[Id],
    day: i64,
) -> Vec<String> {
    let step = audience.step(day.div_euclid(STEP_DAYS));
    let tried = float(step.labels.len().max(1)).ln();
    let beyond = |base: Base| -> Vec<String> {
        let (people, shared) = audience.shared(&step, recipients, day, base);
        shared
            .into_iter()
            .filter(|(label, count, expected, nats)| {
                audience.input.roster.entries().iter().any(|entry| entry.groups.contains(label))
                    && *count >= 2
                    && share(*count, people) >= 0.3
                    && float(*count) >= 2.0 * expected
                    && *nats > tried + 1.0
            })
            .take(5)
            .map(|(label, ..)| label)
            .collect()
    };
    let groups = beyond(Base::House);
    if groups.is_empty() { beyond(Base::Roster) } else { groups }
}
