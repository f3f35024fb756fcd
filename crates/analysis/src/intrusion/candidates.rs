//! Which sittings of an account to weigh together.
//!
//! Sittings that differ from the account's own life are grouped by what an intruder
//! keeps while his exits rotate: the agent, the application, the actor. Trips are taken
//! out first, so that a hotel is not chained to a relay. Changes that outlive a session
//! are candidates of their own where they stand in no suspect sitting.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::baseline::{Life, Peers};
use super::evidence::Artefact;
use super::sessions::Sitting;
use super::view::{Act, Origin, View};
use crate::input::Context;

/// A network or agent seen on fewer than this share of the account's days is rare.
pub(crate) const RARE: f64 = 0.2;
/// Sittings further apart are weighed apart.
pub(crate) const SPLIT: i64 = 60 * UtcMicros::DAY;
/// No trip is longer.
const TRIP_DAYS: i64 = 24;

/// What holds a candidate together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thread {
    /// An agent that the account hardly uses.
    Agent(u32),
    /// The account's own kind of agent on networks that it hardly uses.
    Foreign(u32),
    /// Somebody else in the account.
    Delegate(u32),
    /// An application that few use.
    Application(u32),
    /// Only what was changed, from within ordinary sittings or from nowhere.
    Changes,
}

/// A group of sittings, or of single accesses, to weigh.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) thread: Thread,
    /// Indexes into the life's sittings, by time.
    pub(crate) sittings: Vec<usize>,
    /// Indexes into the view, by time: what is held to be the intruder's.
    pub(crate) accesses: Vec<usize>,
}

impl Candidate {
    /// Whole sittings.
    fn of(thread: Thread, life: &Life<'_>, sittings: Vec<usize>) -> Self {
        let accesses: BTreeSet<usize> =
            sittings.iter().flat_map(|s| life.sittings[*s].accesses.iter().copied()).collect();
        Self { thread, sittings, accesses: accesses.into_iter().collect() }
    }

    /// Both together.
    pub(crate) fn merge(&self, other: &Self) -> Self {
        let union = |a: &[usize], b: &[usize]| -> Vec<usize> {
            a.iter().chain(b).copied().collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self {
            thread: self.thread.min(other.thread),
            sittings: union(&self.sittings, &other.sittings),
            accesses: union(&self.accesses, &other.accesses),
        }
    }
}

/// Whether a sitting is in the owner's ordinary places.
pub(crate) fn at_home(life: &Life<'_>, peers: &Peers, sitting: &Sitting<'_>) -> bool {
    sitting.own()
        && sitting.located()
        && !sitting.only_failures()
        && (sitting.address.origin == Origin::House
            || peers.is_house(sitting.address.prefix)
            || life.habits.share(&life.habits.networks, sitting.address.network) >= RARE)
}

/// All candidates of a life.
pub(crate) fn candidates(
    view: &View<'_>,
    life: &Life<'_>,
    peers: &Peers,
    context: &Context,
    artefacts: &BTreeMap<usize, Vec<Artefact>>,
) -> Vec<Candidate> {
    let mut threads: BTreeMap<Thread, Vec<usize>> = BTreeMap::new();
    for (index, sitting) in life.sittings.iter().enumerate() {
        if sitting.only_failures() {
            continue;
        }
        if let Some(thread) = thread(view, life, peers, context, sitting) {
            threads.entry(thread).or_default().push(index);
        }
    }
    for (thread, sittings) in &mut threads {
        if matches!(thread, Thread::Foreign(_)) {
            drop_trips(life, peers, sittings, artefacts);
        }
    }
    let mut found: Vec<Candidate> = join_by_address(life, threads)
        .into_iter()
        .flat_map(|(thread, sittings)| split(life, thread, &sittings))
        .collect();
    add_changes(view, life, artefacts, &mut found);
    found
}

fn thread(
    view: &View<'_>,
    life: &Life<'_>,
    peers: &Peers,
    context: &Context,
    sitting: &Sitting<'_>,
) -> Option<Thread> {
    if !sitting.own() {
        return Some(Thread::Delegate(sitting.actor));
    }
    let habits = &life.habits;
    let rare_app = sitting.reading_apps.iter().copied().find(|app| {
        let users = peers.apps.get(app).copied().unwrap_or(0);
        users <= 2.max(peers.accounts / 33)
            && !context.has_value(&["approved_app"], view.names.text(*app), None)
    });
    if !sitting.located() || sitting.machinery {
        return rare_app.filter(|_| !sitting.machinery).map(Thread::Application);
    }
    let rare_agent = sitting
        .agents
        .iter()
        .copied()
        .map(|agent| (habits.share(&habits.agents, agent), agent))
        .filter(|(share, _)| *share < RARE)
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    if let (Some(app), true) = (rare_app, sitting.sign_ins == 0) {
        if rare_agent.is_some() || sitting.agents.is_empty() {
            return Some(Thread::Application(app));
        }
    }
    if let Some((_, agent)) = rare_agent {
        return Some(Thread::Agent(agent));
    }
    let home = at_home(life, peers, sitting);
    let agent = sitting.agents.first().copied().unwrap_or(0);
    (!home).then_some(Thread::Foreign(agent))
}

/// Takes trips out of `sittings`: a run of days from one place, the owner nowhere else
/// between its first and last, and no lasting change made from there.
fn drop_trips(
    life: &Life<'_>,
    peers: &Peers,
    sittings: &mut Vec<usize>,
    artefacts: &BTreeMap<usize, Vec<Artefact>>,
) {
    let home_days: BTreeSet<i64> =
        life.sittings.iter().filter(|s| at_home(life, peers, s)).map(Sitting::day).collect();
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &index in sittings.iter() {
        places.entry(life.sittings[index].address.network).or_default().push(index);
    }
    let mut trips: BTreeSet<usize> = BTreeSet::new();
    for place in places.values() {
        for stay in runs(life, place, 4) {
            let days: BTreeSet<i64> = stay.iter().map(|s| life.sittings[*s].day()).collect();
            let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
            let at_home_between = super::profile::between(&home_days, *first, *last);
            let changed = stay
                .iter()
                .flat_map(|s| &life.sittings[*s].accesses)
                .any(|a| artefacts.contains_key(a));
            if days.len() >= 2 && last - first <= TRIP_DAYS && at_home_between == 0 && !changed {
                trips.extend(stay);
            }
        }
    }
    sittings.retain(|index| !trips.contains(index));
}

/// Cuts sittings where more than `days` lie between.
fn runs(life: &Life<'_>, sittings: &[usize], days: i64) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for &index in sittings {
        match runs.last_mut() {
            Some(run)
                if run.last().is_some_and(|last| {
                    life.sittings[index].day() - life.sittings[*last].day() <= days
                }) =>
            {
                run.push(index);
            }
            _ => runs.push(vec![index]),
        }
    }
    runs
}

/// Joins threads of the owner's account that share a foreign address or a session.
fn join_by_address(
    life: &Life<'_>,
    threads: BTreeMap<Thread, Vec<usize>>,
) -> Vec<(Thread, Vec<usize>)> {
    let mut groups: Vec<(Thread, Vec<usize>)> = threads.into_iter().collect();
    let joinable = |thread: &Thread| matches!(thread, Thread::Agent(_) | Thread::Foreign(_));
    let mut at = 0;
    while at < groups.len() {
        let mut other = at + 1;
        while other < groups.len() {
            let both = joinable(&groups[at].0) && joinable(&groups[other].0);
            if both && related(life, &groups[at].1, &groups[other].1) {
                let (_, sittings) = groups.remove(other);
                groups[at].1.extend(sittings);
                groups[at].1.sort_unstable();
                other = at + 1;
            } else {
                other += 1;
            }
        }
        at += 1;
    }
    groups
}

/// Whether two groups share an address that is not the owner's, or a session id.
pub(crate) fn related(life: &Life<'_>, a: &[usize], b: &[usize]) -> bool {
    let keys = |group: &[usize]| -> (BTreeSet<u32>, BTreeSet<String>) {
        let sittings = group.iter().map(|s| &life.sittings[*s]);
        let rare = sittings.clone().filter(|s| {
            s.located() && life.habits.share(&life.habits.prefixes, s.address.prefix) < RARE
        });
        (
            rare.map(|s| s.address.ip).collect(),
            sittings.flat_map(|s| s.sessions.iter().map(|id| (*id).to_owned())).collect(),
        )
    };
    let (a, b) = (keys(a), keys(b));
    !a.0.is_disjoint(&b.0) || !a.1.is_disjoint(&b.1)
}

fn split(life: &Life<'_>, thread: Thread, sittings: &[usize]) -> Vec<Candidate> {
    runs(life, sittings, SPLIT / UtcMicros::DAY)
        .into_iter()
        .map(|run| Candidate::of(thread, life, run))
        .collect()
}

/// Adds consents to the candidate of the application they let in, and groups changes
/// that stand in no candidate.
fn add_changes(
    view: &View<'_>,
    life: &Life<'_>,
    artefacts: &BTreeMap<usize, Vec<Artefact>>,
    found: &mut Vec<Candidate>,
) {
    let held: BTreeSet<usize> = found.iter().flat_map(|c| c.accesses.iter().copied()).collect();
    let mut loose: Vec<(usize, usize)> = Vec::new();
    for (at, sitting) in life.sittings.iter().enumerate() {
        for access in sitting.accesses.iter().filter(|a| !held.contains(a)) {
            let Some(made) = artefacts.get(access) else { continue };
            let reader = found.iter_mut().find(|candidate| {
                let Thread::Application(app) = candidate.thread else { return false };
                let name = view.names.text(app).to_lowercase();
                made.iter().any(|artefact| artefact.object == name)
            });
            match reader {
                Some(candidate) => {
                    candidate.accesses.push(*access);
                    candidate.accesses.sort_unstable();
                }
                // Credential changes alone are everybody's.
                None if view.accesses[*access].act != Act::Credential => loose.push((at, *access)),
                None => {}
            }
        }
    }
    let mut run: Vec<(usize, usize)> = Vec::new();
    let mut flush = |run: &mut Vec<(usize, usize)>| {
        if run.is_empty() {
            return;
        }
        found.push(Candidate {
            thread: Thread::Changes,
            sittings: run.iter().map(|(s, _)| *s).collect::<BTreeSet<_>>().into_iter().collect(),
            accesses: run.iter().map(|(_, a)| *a).collect::<BTreeSet<_>>().into_iter().collect(),
        });
        run.clear();
    };
    for item in loose {
        if let Some((_, last)) = run.last() {
            if view.accesses[item.1].time - view.accesses[*last].time > SPLIT / 2 {
                flush(&mut run);
            }
        }
        run.push(item);
    }
    flush(&mut run);
}
