//! How alike the recipients are by roster groups as valid on that day.
//!
//! Honest bursts are group-aligned too (an invitation to one committee), so the measure
//! is not a chance model alone but the rank among the archive's own honest mailings.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{RosterEntry, UtcMicros};

use super::super::CampaignInput;
use super::super::bursts::Burst;
use super::super::counts::{Archive, Id};
use super::super::weights::{AUDIENCE, LINKED_TOO, SMALL_AUDIENCE, WIDE_AUDIENCE};
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
    /// Linked account's id to that of the person it is linked to.
    linked: BTreeMap<&'a str, &'a str>,
}

/// How alike the recipients of a burst are.
#[derive(Clone, Debug, Default)]
pub(super) struct Alike {
    /// Information on the strongest label, in nats a recipient, after paying for the
    /// number of labels tried.
    strength: f64,
    people: usize,
    /// Labels counted, with people and the number expected.
    best: Vec<(Label, usize, f64)>,
    /// Rank among honest mailings.
    rank: Option<null::Rank>,
}

impl<'i, 'a> Audience<'i, 'a> {
    pub(in super::super) fn new(input: &'i CampaignInput<'a>, archive: &'i Archive<'a>) -> Self {
        let mut people: Vec<&str> =
            input.roster.entries().iter().map(|entry| entry.person_id.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        let linked = linked(input.roster.entries(), &people);
        Self { input, archive, people: people.len(), linked }
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
        let sizes: Vec<usize> = alike.iter().map(|one| one.people).collect();
        for (one, rank) in alike.iter_mut().zip(null::ranks_by_size(&strengths, &sizes, honest)) {
            one.rank = rank;
        }
        alike
    }

    /// Says whether a burst reaches people both at the office and by an account that is
    /// linked to them (a spouse's, a private one): who writes to a committee does not know
    /// these, who watches its members does.
    pub(super) fn at_home(&self, burst: &Burst, items: &mut Items) {
        if self.linked.is_empty() {
            return;
        }
        let at = UtcMicros::from_micros(burst.days.0.saturating_mul(UtcMicros::DAY));
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for &recipient in &burst.recipients {
            let address = self.archive.addresses.name(recipient);
            let entry = self.input.roster.by_address(address, at).into_iter().next();
            reached.extend(entry.map(|entry| entry.person_id.as_str()));
        }
        let both =
            |id: &&str| self.linked.get(*id).is_some_and(|principal| reached.contains(principal));
        let pairs = reached.iter().filter(|id| both(id)).count();
        let degree = match pairs {
            0 => 0.0,
            1 => 0.6,
            _ => 1.0,
        };
        let detail = format!("{pairs} people are reached by a linked account as well");
        items.indicate(&LINKED_TOO, degree, detail);
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
        if alike.people < 3 || alike.best.is_empty() {
            return;
        }
        let named: Vec<String> = alike
            .best
            .iter()
            .map(|(label, shared, expected)| {
                format!("{shared} share \"{label}\" ({expected:.1} expected)")
            })
            .collect();
        let figures = format!("of {} people {}", alike.people, named.join(", "));
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
        let mut seen = BTreeSet::new();
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

    /// The recipients' people as the roster knows them on a day.
    fn people(&self, step: &Step, recipients: &[Id], day: i64) -> People<'_> {
        let at = UtcMicros::from_micros(day.saturating_mul(UtcMicros::DAY) + UtcMicros::DAY / 2);
        let mut people = People::new();
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
        people
    }

    /// How far some recipients share labels: the strongest, and then, among those who do
    /// not bear it, the next, for who is after a cause writes to several committees.
    fn measure(&self, step: &Step, recipients: &[Id], day: i64) -> Alike {
        let mut people = self.people(step, recipients, day);
        let all = people.len();
        let tried = float(step.labels.len().max(1)).ln();
        let mut alike = Alike { people: all, ..Alike::default() };
        let mut sum = 0.0;
        for turn in 0..LABELS {
            let Some((label, count, expected, nats)) =
                shared(step, &people, Base::House).into_iter().next()
            else {
                break;
            };
            // The first is put out even where it says little.
            if turn > 0 && (nats <= tried || count < 2) {
                break;
            }
            sum += nats - tried;
            people.retain(|_, (_, labels)| !labels.contains(&label));
            alike.best.push((label, count, expected));
        }
        alike.strength = sum / float(all.max(1));
        alike
    }
}

/// Labels counted one after the other.
const LABELS: usize = 2;

/// Person to institution and labels.
type People<'r> = BTreeMap<&'r str, (String, Vec<Label>)>;

/// Each label shared by some people with (people, expected, nats), by strength.
fn shared(step: &Step, people: &People<'_>, base: Base) -> Vec<(Label, usize, f64, f64)> {
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
    shared
}

/// Linked accounts by id, with whom they are linked to: a role such as `spouse of P17` ends
/// with the other's id.
fn linked<'r>(entries: &'r [RosterEntry], people: &[&'r str]) -> BTreeMap<&'r str, &'r str> {
    let mut linked = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == "linked") {
        let ids = entry.roles.iter().filter_map(|role| role.rsplit(' ').next());
        let found = ids.filter_map(|id| people.binary_search(&id).ok()).next();
        if let Some(principal) = found.and_then(|at| people.get(at)) {
            linked.insert(entry.person_id.as_str(), *principal);
        }
    }
    linked
}

/// Groups and roles of a roster line; of equal names, groups come first.
fn labels(entry: &RosterEntry) -> Vec<Label> {
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
        let people = audience.people(&step, recipients, day);
        shared(&step, &people, base)
            .into_iter()
            .filter(|(label, count, expected, nats)| {
                audience.input.roster.entries().iter().any(|entry| entry.groups.contains(label))
                    && *count >= 2
                    && share(*count, people.len()) >= 0.3
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
