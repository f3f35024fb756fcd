//! Sittings: what one actor did in one account from one address without a long pause.
//!
//! Joined by the provider's session ids where there are any; otherwise by actor,
//! address and agent. A sitting never spans addresses: one session id seen from two
//! networks is evidence (a replayed token), not a reason to merge.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use demarche_core::UtcMicros;

use super::acts::Act;
use super::view::{Access, Address, Origin, View};

/// Without a session id, a pause this long ends a sitting.
const PAUSE: i64 = 2 * UtcMicros::HOUR;
/// With one, this long.
const SESSION_PAUSE: i64 = 12 * UtcMicros::HOUR;
/// No sitting is longer, or "at the same time" would lose its meaning.
const LONGEST: i64 = 14 * UtcMicros::HOUR;
/// Directory events without an address belong to a sitting this near.
const NEAR: i64 = 30 * 60 * UtcMicros::SECOND;
/// How many open sittings are looked at.
const OPEN: usize = 12;

/// One sitting.
#[derive(Clone, Debug)]
pub(crate) struct Sitting<'a> {
    pub(crate) account: u32,
    pub(crate) actor: u32,
    pub(crate) address: Address,
    /// Microseconds of the first and last event.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Indexes into the view, by time.
    pub(crate) accesses: Vec<usize>,
    /// Agent families, the unknown one left out; sorted.
    pub(crate) agents: BTreeSet<u32>,
    /// Applications that read in it.
    pub(crate) reading_apps: BTreeSet<u32>,
    pub(crate) sessions: BTreeSet<&'a str>,
    pub(crate) mail_read: u32,
    pub(crate) syncs: u32,
    /// Reads of mail, each event one.
    pub(crate) reads: u32,
    pub(crate) files_read: u32,
    pub(crate) writes: u32,
    pub(crate) sign_ins: u32,
    pub(crate) failures: u32,
    /// All of it by the provider's machinery.
    pub(crate) machinery: bool,
}

impl<'a> Sitting<'a> {
    fn new(access: &Access<'a>) -> Self {
        Self {
            account: access.account,
            actor: access.actor,
            address: access.address,
            start: access.time,
            end: access.time,
            accesses: Vec::new(),
            agents: BTreeSet::new(),
            reading_apps: BTreeSet::new(),
            sessions: BTreeSet::new(),
            mail_read: 0,
            syncs: 0,
            reads: 0,
            files_read: 0,
            writes: 0,
            sign_ins: 0,
            failures: 0,
            machinery: true,
        }
    }

    fn push(&mut self, index: usize, access: &Access<'a>) {
        self.end = self.end.max(access.time);
        self.accesses.push(index);
        self.machinery &= access.machinery;
        if access.agent != 0 {
            self.agents.insert(access.agent);
        }
        if !access.event.session.is_empty() {
            self.sessions.insert(access.event.session.as_str());
        }
        let is_read = matches!(access.act, Act::MailRead | Act::MailSync | Act::FileRead);
        if is_read && access.app != 0 {
            self.reading_apps.insert(access.app);
        }
        match access.act {
            Act::MailRead => {
                self.mail_read = self.mail_read.saturating_add(access.volume);
                self.reads += 1;
            }
            Act::MailSync => {
                self.syncs += 1;
                self.reads += 1;
            }
            Act::FileRead => self.files_read += 1,
            Act::Write => self.writes += 1,
            Act::SignIn => self.sign_ins += 1,
            Act::SignInFailed => self.failures += 1,
            _ => {}
        }
    }

    /// Nothing but refused sign-ins: nobody came in.
    pub(crate) fn only_failures(&self) -> bool {
        self.failures as usize == self.accesses.len()
    }

    /// UTC day of its start.
    pub(crate) fn day(&self) -> i64 {
        self.start.div_euclid(UtcMicros::DAY)
    }

    /// By the account's own user.
    pub(crate) fn own(&self) -> bool {
        self.actor == self.account
    }

    /// From an address that says where the person was.
    pub(crate) fn located(&self) -> bool {
        matches!(self.address.origin, Origin::Public | Origin::House | Origin::Vpn)
    }

    /// Messages read, a synchronised folder counted as fifty.
    pub(crate) fn mail_volume(&self) -> u32 {
        self.mail_read.saturating_add(self.syncs.saturating_mul(50))
    }
}

/// The sittings of one account's accesses (`range` of the view), by start.
pub(crate) fn sittings<'a>(view: &View<'a>, range: Range<usize>) -> Vec<Sitting<'a>> {
    let mut all: Vec<Sitting<'a>> = Vec::new();
    let mut by_session: BTreeMap<(&'a str, u32), usize> = BTreeMap::new();
    let mut loose: Vec<usize> = Vec::new();
    for index in range {
        let access = &view.accesses[index];
        if access.address.origin == Origin::None && access.event.session.is_empty() {
            loose.push(index);
            continue;
        }
        let session = (access.event.session.as_str(), access.address.ip);
        let known = (!session.0.is_empty())
            .then(|| by_session.get(&session).copied())
            .flatten()
            .filter(|at| fits(&all[*at], access, SESSION_PAUSE));
        let at = known.or_else(|| open(&all, access)).unwrap_or_else(|| {
            all.push(Sitting::new(access));
            all.len() - 1
        });
        if !session.0.is_empty() {
            by_session.insert(session, at);
        }
        all[at].push(index, access);
    }
    all.sort_by_key(|sitting| (sitting.start, sitting.accesses.first().copied()));
    place_loose(view, &mut all, &loose);
    all
}

fn fits(sitting: &Sitting<'_>, access: &Access<'_>, pause: i64) -> bool {
    sitting.actor == access.actor
        && access.time - sitting.end <= pause
        && access.time - sitting.start <= LONGEST
}

fn open(all: &[Sitting<'_>], access: &Access<'_>) -> Option<usize> {
    let recent = all.len().saturating_sub(OPEN)..all.len();
    recent.rev().find(|at| {
        let sitting = &all[*at];
        sitting.address.ip == access.address.ip
            && fits(sitting, access, PAUSE)
            && (access.agent == 0
                || sitting.agents.is_empty()
                || sitting.agents.contains(&access.agent))
    })
}

/// Directory changes are often logged without an address: they go to the one sitting
/// of their actor that is near, and stay apart when there are several or none.
fn place_loose<'a>(view: &View<'a>, all: &mut Vec<Sitting<'a>>, loose: &[usize]) {
    let mut apart: Vec<Sitting<'a>> = Vec::new();
    for &index in loose {
        let access = &view.accesses[index];
        let after = all.partition_point(|sitting| sitting.start <= access.time + NEAR);
        let near: Vec<usize> = (after.saturating_sub(OPEN)..after)
            .filter(|at| {
                let sitting = &all[*at];
                sitting.actor == access.actor
                    && sitting.located()
                    && !sitting.only_failures()
                    && access.time >= sitting.start - NEAR
                    && access.time <= sitting.end + NEAR
            })
            .collect();
        let prefixes: BTreeSet<u32> = near.iter().map(|at| all[*at].address.prefix).collect();
        if let (1, Some(&at)) = (prefixes.len(), near.first()) {
            all[at].accesses.push(index);
        } else {
            let fitting = apart.iter_mut().rev().take(OPEN).find(|s| fits(s, access, NEAR));
            if let Some(sitting) = fitting {
                sitting.push(index, access);
            } else {
                let mut sitting = Sitting::new(access);
                sitting.push(index, access);
                apart.push(sitting);
            }
        }
    }
    for sitting in all.iter_mut() {
        sitting.accesses.sort_unstable();
    }
    all.extend(apart);
    all.sort_by_key(|sitting| (sitting.start, sitting.accesses.first().copied()));
}
