//! What vouches for a session: the places where only the owner works.
//!
//! A device carries its session from the office to the kitchen and to the train. An
//! intruder's session stays where the intruder is: it never turns up in the house. So a
//! session is *vouched for* when it was seen in the house (or on a carrier by a telephone), and what a session shows that was never vouched for weighs by
//! how seldom that happens to the owner's own. Sessions that a provider does not name
//! say nothing either way. A stolen token is vouched for too; see
//! [`super::episodes`] for what gives it away.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::agent;
use super::baseline::{Habits, Life, Peers};
use super::sessions::Sitting;
use super::view::{Origin, View};

/// Sittings of one session.
#[derive(Clone, Copy, Debug, Default)]
struct Tie {
    sittings: u32,
    firm: u32,
    /// Seen where sessions that were in the house are seen too.
    second_hand: bool,
}

/// Days on which sessions that were in the house are seen at an exit before it vouches for
/// others: a home.
const HOME_DAYS: usize = 4;

/// A network of an account that is hardly ever in the house is firm from this share of
/// its days.
const FIRM_SHARE: f64 = 0.5;
/// Accounts with a smaller share of sittings in the house are hardly ever there.
const HOUSE_SHARE: f64 = 0.15;

/// Which sessions are vouched for, over all accounts: a delegate's session is vouched for
/// by the delegate's own life.
#[derive(Debug, Default)]
pub(crate) struct Ties<'a> {
    sessions: HashMap<(u32, &'a str), Tie>,
    /// Networks that stand in for the house where the account never goes there.
    networks: BTreeMap<u32, BTreeSet<u32>>,
    /// How often a sitting of a session that is vouched for is in a firm place.
    chance: BTreeMap<u32, f64>,
}

impl<'a> Ties<'a> {
    /// Reads all lives.
    pub(crate) fn new(
        view: &View<'a>,
        lives: &[Life<'a>],
        peers: &Peers,
        habits: &BTreeMap<u32, &Habits>,
    ) -> Self {
        let mut ties = Self::default();
        for life in lives {
            let own = || life.sittings.iter().filter(|s| counts(s) && s.own());
            let all = own().count();
            let house = own().filter(|s| in_house(peers, s)).count();
            if super::profile::count(house) < HOUSE_SHARE * super::profile::count(all) {
                let usual = life.habits.networks.keys().copied().filter(|network| {
                    life.habits.share(&life.habits.networks, *network) >= FIRM_SHARE
                });
                ties.networks.insert(life.account, usual.collect());
            }
        }
        for sitting in lives.iter().flat_map(|life| &life.sittings).filter(|s| counts(s)) {
            let firm = u32::from(ties.is_firm(view, habits, peers, sitting));
            for session in &sitting.sessions {
                let tie = ties.sessions.entry((sitting.actor, session)).or_default();
                tie.sittings += 1;
                tie.firm += firm;
            }
        }
        ties.homes(lives);
        let mut sums: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for ((actor, _), tie) in ties.sessions.iter().filter(|(_, tie)| tie.firm > 0) {
            let sum = sums.entry(*actor).or_default();
            sum.0 += tie.firm;
            sum.1 += tie.sittings;
        }
        ties.chance = sums
            .into_iter()
            .map(|(actor, (firm, all))| (actor, f64::from(firm) / (f64::from(all) + 6.0)))
            .collect();
        ties
    }

    /// Lets homes vouch: a telephone that never comes to the house hangs on the same router as
    /// the laptop that does.
    fn homes(&mut self, lives: &[Life<'a>]) {
        let mut homes: BTreeMap<(u32, u32), BTreeSet<i64>> = BTreeMap::new();
        let sittings = || lives.iter().flat_map(|life| &life.sittings).filter(|s| counts(s));
        for sitting in sittings() {
            let firm = sitting.sessions.iter().any(|session| {
                self.sessions.get(&(sitting.actor, session)).is_some_and(|tie| tie.firm > 0)
            });
            if firm && sitting.address.origin == Origin::Public {
                let days = homes.entry((sitting.actor, sitting.address.exit)).or_default();
                days.insert(sitting.day());
            }
        }
        for sitting in sittings() {
            let home = homes
                .get(&(sitting.actor, sitting.address.exit))
                .is_some_and(|days| days.len() >= HOME_DAYS);
            if home {
                for session in &sitting.sessions {
                    if let Some(tie) = self.sessions.get_mut(&(sitting.actor, *session)) {
                        tie.second_hand = true;
                    }
                }
            }
        }
    }

    /// Whether only the owner works there.
    pub(crate) fn is_firm(
        &self,
        view: &View<'_>,
        habits: &BTreeMap<u32, &Habits>,
        peers: &Peers,
        sitting: &Sitting<'_>,
    ) -> bool {
        let phone = |agent: &u32| agent::is_phone(view.names.text(*agent));
        let network = sitting.address.network;
        in_house(peers, sitting)
            || self.networks.get(&sitting.actor).is_some_and(|usual| usual.contains(&network))
            || habits.get(&sitting.actor).is_some_and(|own| own.cells.contains(&network))
            || (peers.is_cell(network) && sitting.agents.iter().any(phone))
    }

    /// Whether one of a sitting's sessions was seen in a firm place; `None` where it has no
    /// session.
    pub(crate) fn vouched(&self, sitting: &Sitting<'_>) -> Option<bool> {
        (!sitting.sessions.is_empty()).then(|| {
            sitting.sessions.iter().any(|session| {
                self.sessions
                    .get(&(sitting.actor, session))
                    .is_some_and(|tie| tie.firm > 0 || tie.second_hand)
            })
        })
    }

    /// How often a sitting of the actor's own sessions is in a firm place.
    pub(crate) fn chance(&self, actor: u32) -> f64 {
        self.chance.get(&actor).copied().unwrap_or(0.0).min(0.9)
    }
}

/// Whether somebody came in, from an address that says where he was.
pub(crate) fn counts(sitting: &Sitting<'_>) -> bool {
    sitting.located() && !sitting.only_failures() && !sitting.machinery
}

/// Inside the house.
fn in_house(peers: &Peers, sitting: &Sitting<'_>) -> bool {
    sitting.address.origin == Origin::House || peers.is_house(&sitting.address)
}
