//! Which sittings of an account to weigh together.
//!
//! Sittings that differ from the account's own life are grouped by what an intruder
//! keeps while his exits rotate: the agent, the application, the actor. Trips are taken
//! out first, so that a hotel is not chained to a relay. Changes that outlive a session
//! are candidates of their own where they stand in no suspect sitting.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::acts::Act;
use super::agent;
use super::baseline::{Life, Peers};
use super::episodes::{Ground, Odd, Paces};
use super::evidence::Artefact;
use super::sessions::Sitting;
use super::strands;
use super::view::{Origin, View};
use crate::input::Context;

/// A network or agent seen on fewer than this share of the account's days is rare.
pub(crate) const RARE: f64 = 0.2;
/// Sittings further apart are weighed apart.
pub(crate) const SPLIT: i64 = 60 * UtcMicros::DAY;

/// What holds a candidate together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thread {
    /// A stretch of time in which the account is used in a way that is not the owner's.
    Episode(Odd),
    /// An agent that the account hardly uses.
    Agent(u32),
    /// The owner's own kind of agent on networks that the account hardly uses, again and
    /// again.
    Foreign,
    /// The same on many networks, hardly ever twice on one.
    Scattered,
    /// Somebody else in the account.
    Delegate(u32),
    /// The same, from sessions that nothing in that somebody's life vouches for.
    Posing(u32),
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
        && (matches!(sitting.address.origin, Origin::House | Origin::Vpn)
            || peers.is_house(&sitting.address)
            || life.habits.share(&life.habits.networks, sitting.address.network) >= RARE)
}

/// Whether a sitting shows where the owner is: at home, and not over a carrier.
pub(crate) fn anchors(life: &Life<'_>, peers: &Peers, sitting: &Sitting<'_>) -> bool {
    at_home(life, peers, sitting)
        && sitting.address.origin != Origin::Vpn
        && !life.habits.mobile.contains(&sitting.address.network)
}

/// All candidates of a life.
pub(crate) fn candidates<'a>(
    ground: &Ground<'a, '_>,
    paces: &Paces,
    life: &Life<'a>,
    context: &Context,
    artefacts: &BTreeMap<usize, Vec<Artefact>>,
) -> Vec<Candidate> {
    let (view, peers) = (ground.view, ground.peers);
    let episodes = ground.find(life, paces);
    let taken: BTreeSet<usize> = episodes.iter().flat_map(|(_, s)| s.iter().copied()).collect();
    let mut threads: BTreeMap<Thread, Vec<usize>> = BTreeMap::new();
    for (index, sitting) in life.sittings.iter().enumerate() {
        if sitting.only_failures() || taken.contains(&index) {
            continue;
        }
        if let Some(mut thread) = thread(view, life, peers, context, sitting) {
            if let Thread::Delegate(actor) = thread
                && sitting.located()
                && ground.ties.vouched(sitting) == Some(false)
            {
                thread = Thread::Posing(actor);
            }
            threads.entry(thread).or_default().push(index);
        }
    }
    if let Some(foreign) = threads.remove(&Thread::Foreign) {
        let (odd, scattered) = strands::sift(life, peers, &foreign, artefacts);
        threads.insert(Thread::Foreign, odd);
        threads.insert(Thread::Scattered, scattered);
    }
    threads.retain(|_, sittings| !sittings.is_empty());
    let mut found: Vec<Candidate> = join_by_address(life, threads)
        .into_iter()
        .flat_map(|(thread, sittings)| split(life, thread, &sittings))
        .collect();
    found.extend(
        episodes
            .into_iter()
            .map(|(odd, sittings)| Candidate::of(Thread::Episode(odd), life, sittings)),
    );
    add_changes(view, life, artefacts, &mut found);
    found
}

/// Agents of the owner's own devices: used on many days, or often enough at the very
/// exits that the owner's other devices use. A relay in the owner's city shares the
/// provider with him, and not the address.
pub(crate) fn devices(life: &Life<'_>, peers: &Peers) -> BTreeSet<u32> {
    let mut at_exit: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut days: BTreeMap<u32, (BTreeSet<i64>, BTreeSet<i64>)> = BTreeMap::new();
    let own = || life.sittings.iter().filter(|s| s.own() && s.located() && !s.only_failures());
    for sitting in own() {
        at_exit.entry(sitting.address.exit).or_default().extend(&sitting.agents);
    }
    for sitting in own() {
        let usual = at_home(life, peers, sitting);
        let carrier = life.habits.mobile.contains(&sitting.address.network);
        for agent in &sitting.agents {
            let shared = at_exit
                .get(&sitting.address.exit)
                .is_some_and(|agents| agents.iter().any(|other| other != agent));
            let seen = days.entry(*agent).or_default();
            seen.0.insert(sitting.day());
            if usual && (shared || carrier) {
                seen.1.insert(sitting.day());
            }
        }
    }
    days.into_iter()
        .filter(|(agent, (all, home))| {
            life.habits.share(&life.habits.agents, *agent) >= RARE
                || home.len() >= 3 && home.len() * 5 >= all.len() * 2
        })
        .map(|(agent, _)| agent)
        .collect()
}

/// An application that reads and that hardly anybody uses.
fn rare_application(
    view: &View<'_>,
    peers: &Peers,
    context: &Context,
    sitting: &Sitting<'_>,
) -> Option<u32> {
    sitting.reading_apps.iter().copied().find(|app| {
        let users = peers.apps.get(app).copied().unwrap_or(0);
        users <= 2.max(peers.accounts / 33)
            && !context.has_value(&["approved_app"], view.names.text(*app), None)
    })
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
    let rare_app = rare_application(view, peers, context, sitting);
    if !sitting.located() || sitting.machinery {
        return rare_app.map(Thread::Application);
    }
    let alien = sitting.agents.iter().copied().find(|agent| !life.devices.contains(agent));
    if let Some(app) = rare_app
        && sitting.sign_ins == 0
        && (alien.is_some() || sitting.agents.is_empty())
    {
        return Some(Thread::Application(app));
    }
    if let Some(agent) = alien {
        return Some(Thread::Agent(agent));
    }
    // A phone of the owner's on a carrier is wherever its owner is.
    let roaming = peers.is_carrier(sitting.address.network)
        && sitting.agents.iter().any(|agent| agent::is_phone(view.names.text(*agent)));
    (!at_home(life, peers, sitting) && !roaming).then_some(Thread::Foreign)
}

/// Cuts sittings where more than `days` lie between.
pub(crate) fn runs(life: &Life<'_>, sittings: &[usize], days: i64) -> Vec<Vec<usize>> {
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
    let joinable = |thread: &Thread| matches!(thread, Thread::Agent(_) | Thread::Foreign);
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

/// Whether two groups share an address that is not the owner's.
pub(crate) fn related(life: &Life<'_>, a: &[usize], b: &[usize]) -> bool {
    let rare = |group: &[usize]| -> BTreeSet<u32> {
        group
            .iter()
            .map(|s| &life.sittings[*s])
            .filter(|s| {
                s.located()
                    && life.habits.share(&life.habits.networks, s.address.network) < RARE
                    && life.habits.share(&life.habits.prefixes, s.address.prefix) < RARE
            })
            .map(|s| s.address.ip)
            .collect()
    };
    !rare(a).is_disjoint(&rare(b))
}

/// Whether two groups have a network foreign to the owner, no carrier, and an agent in
/// common.
pub(crate) fn alike(life: &Life<'_>, peers: &Peers, a: &[usize], b: &[usize]) -> bool {
    let habit = |group: &[usize]| -> BTreeSet<(u32, u32)> {
        group
            .iter()
            .map(|s| &life.sittings[*s])
            .filter(|s| {
                s.located()
                    && !peers.is_carrier(s.address.network)
                    && life.habits.share(&life.habits.networks, s.address.network) < RARE
            })
            .flat_map(|s| s.agents.iter().map(|agent| (s.address.network, *agent)))
            .collect()
    };
    !habit(a).is_disjoint(&habit(b))
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
        for access in &sitting.accesses {
            let Some(made) = artefacts.get(access) else { continue };
            let reader = found.iter_mut().find(|candidate| {
                let Thread::Application(app) = candidate.thread else { return false };
                let name = view.names.text(app).to_lowercase();
                made.iter().any(|artefact| artefact.object == name)
            });
            match reader {
                // The owner may have consented from a sitting that is itself a candidate.
                Some(candidate) => {
                    if let Err(at) = candidate.accesses.binary_search(access) {
                        candidate.accesses.insert(at, *access);
                    }
                }
                None if held.contains(access) => {}
                // Credential changes alone are everybody's.
                None if view.accesses[*access].act != Act::Credential => loose.push((at, *access)),
                None => {}
            }
        }
    }
    // Several consents at one go are of one hand, whichever application reads first.
    loose.retain(|(_, access)| {
        let consent = |a: &usize| {
            artefacts.get(a).is_some_and(|made| made.iter().any(|m| m.technique == "T1528"))
        };
        let near = |a: &usize| {
            (view.accesses[*a].time - view.accesses[*access].time).abs() <= UtcMicros::DAY
        };
        let reader = found.iter_mut().find(|candidate| {
            matches!(candidate.thread, Thread::Application(_))
                && consent(access)
                && candidate.accesses.iter().any(|a| consent(a) && near(a))
        });
        let Some(candidate) = reader else { return true };
        if let Err(at) = candidate.accesses.binary_search(access) {
            candidate.accesses.insert(at, *access);
        }
        false
    });
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
        if let Some((_, last)) = run.last()
            && view.accesses[item.1].time - view.accesses[*last].time > SPLIT / 2
        {
            flush(&mut run);
        }
        run.push(item);
    }
    flush(&mut run);
}
