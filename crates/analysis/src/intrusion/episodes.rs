//! Stretches of time in which an account is used in a way that is not the owner's.
//!
//! Everybody has second homes, relays and trips. They go on for the whole of an account's
//! life, or fill its days while they last; an intruder begins one day and shares the
//! account with its owner. So stretches are looked for with a scan statistic (M. Kulldorff
//! 1997, "A spatial scan statistic", in one dimension): the run of odd sittings whose
//! pace most exceeds the pace of such sittings in the rest of the account's life, each
//! sitting adding what it shows itself.
//!
//! Two kinds of sittings are odd, and are scanned apart: those of sessions that nothing
//! vouches for (see [`super::ties`]), and those of the owner's own sessions at exits that
//! are none of the owner's: that is what a stolen token looks like.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::baseline::{Habits, Life, Peers};
use super::candidates::{RARE, Thread};
use super::evidence::{Class, Weighed};
use super::profile::count;
use super::scene::Scene;
use super::sessions::Sitting;
use super::ties::{self, Ties};
use super::view::View;
use super::weights;

/// Paces at which an intruder may come, sittings a day.
const PACES: [f64; 5] = [1.0, 0.5, 0.25, 0.12, 0.06];
/// Days that what colleagues do counts for in an account's own pace.
const BORROWED_DAYS: f64 = 90.0;
/// A stretch must reach this, in nats.
const LEAST: f64 = 3.0;
/// What a further sitting of the same session, or at the same exit within [`STAY`], counts
/// beside the first: they come together.
const LATER: f64 = 0.3;
/// Days.
const STAY: f64 = 3.0;
/// Share of an account's sittings in firm places without which it has no stretches.
const VOUCHED_AT_LEAST: f64 = 0.1;
/// Days of a pause after which another agent is another intruder.
const LONG_PAUSE: f64 = 35.0;
/// Days after which the same agent is.
const LONGEST_PAUSE: f64 = 75.0;
/// Stretches of one kind an account has at most.
const MOST: usize = 6;

/// Which sittings are odd, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Odd {
    /// Of a session that nothing vouches for.
    Apart,
    /// Of the owner's own session, at an exit that is not the owner's.
    Moved,
}

/// An odd sitting and what it shows, in nats.
#[derive(Clone, Copy, Debug)]
struct Point {
    sitting: usize,
    /// Days.
    at: f64,
    weight: f64,
    /// How much it counts for the pace: 1, or [`LATER`].
    unit: f64,
}

/// What is known of odd sittings in the house: how many a day an account usually has.
#[derive(Debug, Default)]
pub(crate) struct Paces {
    by_kind: BTreeMap<Odd, f64>,
}

/// What episodes are found with.
pub(crate) struct Ground<'a, 'v> {
    pub(crate) view: &'v View<'a>,
    pub(crate) peers: &'v Peers,
    pub(crate) habits: &'v BTreeMap<u32, &'v Habits>,
    pub(crate) ties: &'v Ties<'a>,
}

impl<'a> Ground<'a, '_> {
    /// Paces of odd sittings in the house: the mean of all accounts but the tenth that have
    /// most.
    pub(crate) fn paces(&self, lives: &[Life<'a>]) -> Paces {
        let mut paces = Paces::default();
        for kind in [Odd::Apart, Odd::Moved] {
            let mut each: Vec<f64> = lives
                .iter()
                .filter(|life| life.habits.total.days >= 20)
                .map(|life| {
                    units(life, kind, &self.odd(life, kind)).iter().sum::<f64>() / span(life)
                })
                .collect();
            each.sort_by(f64::total_cmp);
            each.truncate((each.len() * 9).div_ceil(10));
            let mean = each.iter().sum::<f64>() / count(each.len().max(1));
            paces.by_kind.insert(kind, mean.max(0.003));
        }
        paces
    }

    /// Odd sittings of an account's own, by time.
    fn odd(&self, life: &Life<'a>, kind: Odd) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (index, sitting) in life.sittings.iter().enumerate() {
            let candidate = sitting.own()
                && ties::counts(sitting)
                && !self.ties.is_firm(self.view, self.habits, self.peers, sitting);
            if !candidate {
                continue;
            }
            let odd = match self.ties.vouched(sitting) {
                None => false,
                Some(false) => kind == Odd::Apart,
                Some(true) => kind == Odd::Moved && !is_home(life, sitting),
            };
            if odd {
                found.push(index);
            }
        }
        found
    }

    /// Stretches of an account's life that are not the owner's, with their sittings.
    pub(crate) fn find(&self, life: &Life<'a>, paces: &Paces) -> Vec<(Odd, Vec<usize>)> {
        let mut found = Vec::new();
        // Where hardly anything is vouched for, nothing follows for the rest.
        if self.ties.chance(life.account) < VOUCHED_AT_LEAST {
            return found;
        }
        for kind in [Odd::Apart, Odd::Moved] {
            let own = Own::new(self, life);
            let odd = self.odd(life, kind);
            let mut points: Vec<Point> = odd
                .iter()
                .zip(units(life, kind, &odd))
                .map(|(&sitting, unit)| Point {
                    sitting,
                    at: days(life.sittings[sitting].start),
                    weight: self.weight(life, &own, kind, &life.sittings[sitting]),
                    unit,
                })
                .collect();
            let usual = paces.by_kind.get(&kind).copied().unwrap_or(0.02);
            for _ in 0..MOST {
                let Some((range, total)) = best(&points, usual, span(life)) else { break };
                if total < LEAST {
                    break;
                }
                let taken: Vec<usize> = points.drain(range).map(|p| p.sitting).collect();
                found.extend(hands(self.view, life, taken).into_iter().map(|part| (kind, part)));
            }
        }
        found
    }

    /// Begin of the first and of the last sitting of a stretch that by themselves are hardly
    /// the owner's; at most a fifth of the sittings at either end are passed over.
    pub(crate) fn sure(
        &self,
        life: &Life<'a>,
        kind: Odd,
        sittings: &[usize],
    ) -> Option<(i64, i64)> {
        let own = Own::new(self, life);
        let clear = |index: &&usize| {
            self.weight(life, &own, kind, &life.sittings[**index]) >= weights::CLEAR
        };
        let most = sittings.len() / 5 + 1;
        let first = sittings.iter().take(most).find(clear).or(sittings.get(most - 1))?;
        let last =
            sittings.iter().rev().take(most).find(clear).or(sittings.iter().rev().nth(most - 1))?;
        Some((life.sittings[*first].start, life.sittings[*last].end))
    }

    /// What a sitting shows by itself.
    fn weight(&self, life: &Life<'a>, own: &Own, kind: Odd, sitting: &Sitting<'_>) -> f64 {
        let tie = match kind {
            Odd::Apart => -(1.0 - self.ties.chance(life.account)).ln() * 0.5,
            Odd::Moved => 0.0,
        };
        let writes = if sitting.writes > 0 { weights::WROTE } else { weights::DID_NOT_WRITE };
        tie + own.reads(sitting) + own.beside(sitting) + writes
    }
}

/// How the owner reads and where the owner was.
pub(crate) struct Own {
    /// Numbers of reads in the sittings of sessions that are vouched for, sorted.
    reads: Vec<u32>,
    /// Begins of sittings in firm places.
    firm: Vec<i64>,
}

impl Own {
    pub(crate) fn new(ground: &Ground<'_, '_>, life: &Life<'_>) -> Self {
        let vouched = life.sittings.iter().filter(|s| {
            s.own() && ties::counts(s) && ground.ties.vouched(s) == Some(true) && acts(s) > 0
        });
        let mut reads: Vec<u32> = vouched.map(acts).collect();
        reads.sort_unstable();
        let firm = life
            .sittings
            .iter()
            .filter(|s| {
                s.own()
                    && ties::counts(s)
                    && ground.ties.is_firm(ground.view, ground.habits, ground.peers, s)
                    && !life.habits.mobile.contains(&s.address.network)
            })
            .map(|s| s.start)
            .collect();
        Self { reads, firm }
    }

    /// More reads in one sitting than the owner has: the share of the owner's sittings with
    /// as many, calibrated to a likelihood ratio (V. Vovk, R. Wang 2021, "E-values:
    /// calibration, combination and applications": `0.5 * p^-0.5`).
    pub(crate) fn reads(&self, sitting: &Sitting<'_>) -> f64 {
        let here = acts(sitting);
        if here == 0 || self.reads.len() < 10 {
            return 0.0;
        }
        let below = self.reads.partition_point(|n| *n < here);
        let tail = (count(self.reads.len() - below) + 1.0) / (count(self.reads.len()) + 1.0);
        (0.5 / tail.sqrt()).ln().clamp(-0.5, 1.5)
    }

    /// Whether the owner was in a firm place within half a day: who travels is not.
    pub(crate) fn beside(&self, sitting: &Sitting<'_>) -> f64 {
        if self.firm.len() < 20 {
            return 0.0;
        }
        const NEAR: i64 = 18 * UtcMicros::HOUR;
        let at = self.firm.partition_point(|t| *t < sitting.start - NEAR);
        let near = self.firm.get(at).is_some_and(|t| *t <= sitting.end + NEAR);
        if near { weights::OWNER_NEAR } else { weights::OWNER_AWAY }
    }
}

/// Reads of mail and files, each event one.
fn acts(sitting: &Sitting<'_>) -> u32 {
    sitting.reads.saturating_add(sitting.files_read)
}

/// Whether an address is where the owner lives: the one that his sessions leave by from
/// its network for the time, used before and after what else is used from there.
fn is_home(life: &Life<'_>, sitting: &Sitting<'_>) -> bool {
    let habits = &life.habits;
    let (network, exit) = (sitting.address.network, sitting.address.exit);
    if habits.share(&habits.networks, network) < RARE {
        return false;
    }
    habits.exits.get(&exit).is_some_and(|seen| seen.days >= 3)
}

#[allow(clippy::cast_precision_loss)] // days of this age are far below 2^53
fn days(micros: i64) -> f64 {
    micros as f64 / UtcMicros::DAY as f64
}

/// Days from the first to the last sitting.
fn span(life: &Life<'_>) -> f64 {
    let first = life.sittings.first().map_or(0, |s| s.start);
    let last = life.sittings.iter().map(|s| s.end).max().unwrap_or(first);
    days(last - first).max(1.0)
}

/// How much each odd sitting counts for the pace.
fn units(life: &Life<'_>, kind: Odd, odd: &[usize]) -> Vec<f64> {
    let mut sessions: BTreeSet<&str> = BTreeSet::new();
    let mut exits: BTreeMap<u32, f64> = BTreeMap::new();
    odd.iter()
        .map(|index| {
            let sitting = &life.sittings[*index];
            let at = days(sitting.start);
            let before = exits.insert(sitting.address.exit, at);
            let again = match kind {
                Odd::Apart => {
                    let known = sitting.sessions.iter().any(|s| sessions.contains(s));
                    sessions.extend(&sitting.sessions);
                    known
                }
                Odd::Moved => before.is_some_and(|before| at - before <= STAY),
            };
            if again { LATER } else { 1.0 }
        })
        .collect()
}

/// Odd sittings a day outside of a stretch.
fn pace(outside: f64, days_outside: f64, usual: f64) -> f64 {
    (outside + usual * BORROWED_DAYS) / (days_outside.max(0.0) + BORROWED_DAYS)
}

/// The stretch with the highest score, and its score.
fn best(points: &[Point], usual: f64, whole: f64) -> Option<(std::ops::Range<usize>, f64)> {
    let mut base = usual;
    let mut found = None;
    // The pace outside depends on the stretch: twice is enough to settle.
    for _ in 0..2 {
        let (range, total) = PACES
            .iter()
            .filter(|pace| **pace > 1.5 * base)
            .filter_map(|pace| segment(points, base, *pace))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let length = points[range.end - 1].at - points[range.start].at;
        let outside: f64 =
            points[..range.start].iter().chain(&points[range.end..]).map(|p| p.unit).sum();
        base = pace(outside, whole - length, usual);
        found = Some((range, total));
    }
    found
}

/// A stretch cut where a long pause parts sittings of different agents: two intruders.
fn hands(view: &View<'_>, life: &Life<'_>, taken: Vec<usize>) -> Vec<Vec<usize>> {
    let at = |index: usize| days(life.sittings[index].start);
    let mut pauses: Vec<f64> = taken.windows(2).map(|pair| at(pair[1]) - at(pair[0])).collect();
    let longest = (1..taken.len())
        .max_by(|a, b| pauses[*a - 1].total_cmp(&pauses[*b - 1]))
        .map(|cut| (cut, pauses[cut - 1]));
    pauses.sort_by(f64::total_cmp);
    let usual = pauses.get(pauses.len() / 2).copied().unwrap_or(0.0);
    let Some((cut, pause)) = longest.filter(|(_, pause)| *pause >= LONG_PAUSE.max(3.0 * usual))
    else {
        return vec![taken];
    };
    let same = agent(view, life, &taken[..cut]) == agent(view, life, &taken[cut..]);
    if cut < 2 || taken.len() - cut < 2 || (same && pause < LONGEST_PAUSE) {
        return vec![taken];
    }
    let later = taken[cut..].to_vec();
    let earlier = taken[..cut].to_vec();
    let mut parts = hands(view, life, earlier);
    parts.extend(hands(view, life, later));
    parts
}

/// The agent that most sittings name; what only names the protocol is none.
fn agent(view: &View<'_>, life: &Life<'_>, sittings: &[usize]) -> Option<u32> {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for sitting in sittings.iter().map(|s| &life.sittings[*s]) {
        for agent in sitting.agents.iter().filter(|a| view.names.text(**a).contains('/')) {
            *seen.entry(*agent).or_default() += 1;
        }
    }
    seen.into_iter().max_by_key(|(agent, n)| (*n, *agent)).map(|(agent, _)| agent)
}

/// The best run at one pace (J. Kadane's algorithm): each sitting adds its weight and
/// the ratio of the paces, each day takes their difference.
fn segment(points: &[Point], base: f64, pace: f64) -> Option<(std::ops::Range<usize>, f64)> {
    let gain = (pace / base).ln();
    let mut best: Option<(std::ops::Range<usize>, f64)> = None;
    let (mut start, mut sum) = (0, 0.0_f64);
    for (at, point) in points.iter().enumerate() {
        let pause = if at == 0 { 0.0 } else { point.at - points[at - 1].at };
        sum -= (pace - base) * pause;
        if at == 0 || sum <= 0.0 {
            (start, sum) = (at, 0.0);
        }
        sum += gain * point.unit + point.weight;
        if best.as_ref().is_none_or(|(_, most)| sum > *most) {
            best = Some((start..at + 1, sum));
        }
    }
    best
}

/// What an episode shows as a whole.
pub(crate) fn items(scene: &Scene<'_, '_>, ground: &Ground<'_, '_>, paces: &Paces) -> Vec<Weighed> {
    let mut found = Vec::new();
    let all: Vec<&Sitting<'_>> = scene.sittings().filter(|s| ties::counts(s)).collect();
    match scene.candidate.thread {
        Thread::Posing(_) => found.extend(apart(scene, ground, &all)),
        Thread::Agent(_) | Thread::Foreign | Thread::Scattered => {
            found.extend(vouched(scene, ground, &all));
        }
        _ => {}
    }
    let sittings: Vec<&Sitting<'_>> = all.into_iter().filter(|s| s.own()).collect();
    if sittings.is_empty() {
        return found;
    }
    let Thread::Episode(kind) = scene.candidate.thread else { return found };
    found.extend(stretch(scene, ground, paces, kind));
    let own = Own::new(ground, scene.life);
    let root = |nats: f64| nats.signum() * nats.abs().sqrt();
    let reads: f64 = sittings.iter().map(|s| own.reads(s)).sum();
    let mean = |sum: f64, n: usize| sum / count(n.max(1));
    found.push(scene.weighed(
        Class::Reads,
        "reads_at_a_time",
        root(reads) * weights::READS_AT_A_TIME,
        format!(
            "{:.1} reads a sitting, against {:.1} of the owner's",
            mean(sittings.iter().map(|s| f64::from(acts(s))).sum(), sittings.len()),
            mean(own.reads.iter().map(|n| f64::from(*n)).sum(), own.reads.len()),
        ),
    ));
    let writes = sittings.iter().filter(|s| s.writes > 0).count();
    found.push(scene.weighed(
        Class::Collection,
        "writes_as_owners_do",
        mean(count(writes), sittings.len()) * weights::WRITES,
        format!("writes in {writes} of {} sittings", sittings.len()),
    ));
    let near = sittings.iter().filter(|s| own.beside(s) > 0.0).count();
    found.push(scene.weighed(
        Class::Concurrency,
        "owner_at_work_meanwhile",
        root(sittings.iter().map(|s| own.beside(s)).sum()) * weights::BESIDE,
        format!("the owner was at work within half a day of {near} of {} sittings", sittings.len()),
    ));
    found
}

/// The pace of the stretch against that of the rest of the account's life, and how many
/// sessions it has: a trip has one.
fn stretch(
    scene: &Scene<'_, '_>,
    ground: &Ground<'_, '_>,
    paces: &Paces,
    kind: Odd,
) -> Vec<Weighed> {
    let mut found = Vec::new();
    let inside: BTreeSet<usize> = scene.candidate.sittings.iter().copied().collect();
    let odd = ground.odd(scene.life, kind);
    let units = units(scene.life, kind, &odd);
    let here: Vec<&Sitting<'_>> =
        odd.iter().filter(|s| inside.contains(s)).map(|s| &scene.life.sittings[*s]).collect();
    let (Some(first), Some(last)) = (here.first(), here.last()) else { return found };
    let sum = |within: bool| -> f64 {
        let of = odd.iter().zip(&units).filter(|(s, _)| inside.contains(s) == within);
        of.map(|(_, unit)| unit).sum()
    };
    let length = days(last.start - first.start) + 1.0;
    let usual = paces.by_kind.get(&kind).copied().unwrap_or(0.02);
    let expected = length * pace(sum(false), span(scene.life) - length, usual);
    let n = sum(true);
    let ratio = if n > expected { n * (n / expected).ln() - (n - expected) } else { 0.0 };
    let (name, per_root, offset, per_session, session_offset) = match kind {
        Odd::Apart => (
            "pace_of_strange_sessions",
            weights::APART_PACE,
            weights::APART_PACE_USUAL,
            weights::APART_SESSIONS,
            weights::APART_SESSIONS_USUAL,
        ),
        Odd::Moved => (
            "pace_of_strange_exits",
            weights::MOVED_PACE,
            weights::MOVED_PACE_USUAL,
            weights::MOVED_SESSIONS,
            weights::MOVED_SESSIONS_USUAL,
        ),
    };
    found.push(scene.weighed(
        Class::Episode,
        name,
        ratio.sqrt() * per_root - offset,
        format!(
            "{n:.1} beginnings in {length:.0} days, where {expected:.1} would be usual for the \
             account and the house"
        ),
    ));
    let sessions: BTreeSet<&str> = here.iter().flat_map(|s| s.sessions.iter().copied()).collect();
    let (name, what) = match kind {
        Odd::Apart => ("sessions_apart", "never seen where the owner works"),
        Odd::Moved => ("sessions_at_strange_exits", "of the owner's seen at strange exits"),
    };
    found.push(scene.weighed(
        Class::Ties,
        name,
        count(sessions.len().max(1)).ln() * per_session - session_offset,
        format!("{} sessions {what}", sessions.len()),
    ));
    found
}

/// Sittings of sessions that were seen where the owner works: a new device, a trip.
fn vouched(
    scene: &Scene<'_, '_>,
    ground: &Ground<'_, '_>,
    sittings: &[&Sitting<'_>],
) -> Option<Weighed> {
    let known: Vec<bool> = sittings.iter().filter_map(|s| ground.ties.vouched(s)).collect();
    let vouched = known.iter().filter(|vouched| **vouched).count();
    (vouched > 0).then(|| {
        scene.weighed(
            Class::Ties,
            "sessions_of_the_owner",
            weights::VOUCHED * count(vouched) / count(known.len()),
            format!(
                "the sessions of {vouched} of {} sittings are seen where the owner works too",
                known.len()
            ),
        )
    })
}

/// Sessions that nothing vouches for, against how often the owner's own stay so.
fn apart(
    scene: &Scene<'_, '_>,
    ground: &Ground<'_, '_>,
    sittings: &[&Sitting<'_>],
) -> Option<Weighed> {
    let mut sessions: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut vouched = 0;
    for sitting in sittings {
        match ground.ties.vouched(sitting) {
            Some(true) => vouched += 1,
            Some(false) => {
                for session in &sitting.sessions {
                    sessions.entry(session).or_default().insert(sitting.day());
                }
            }
            None => {}
        }
    }
    let actor = sittings.first()?.actor;
    let chance = ground.ties.chance(actor);
    let each = -(1.0 - chance).ln();
    let days: usize = sessions.values().map(BTreeSet::len).sum();
    (days > 0 && chance > 0.05).then(|| {
        scene.weighed(
            Class::Ties,
            "sessions_apart",
            (count(days) - count(vouched)).max(-2.0) * each * weights::APART,
            format!(
                "{} sessions on {days} days never seen where the owner works, as {:.0}% of the owner's sittings are",
                sessions.len(),
                chance * 100.0
            ),
        )
    })
}
