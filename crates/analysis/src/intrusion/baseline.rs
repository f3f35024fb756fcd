//! What is usual: for each account its networks, agents, hours and ways, and for the
//! house what colleagues use. An account's past may be the intruder's too, so what is
//! usual is told from the whole life of the account and from its peers, not from its
//! beginning.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::sessions::Sitting;
use super::view::{Address, Origin, View};

/// On how many days something was seen, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days {
    pub(crate) days: u32,
    pub(crate) first: i64,
    pub(crate) last: i64,
    seen: i64,
}

impl Default for Days {
    fn default() -> Self {
        Self { days: 0, first: i64::MAX, last: i64::MIN, seen: i64::MIN }
    }
}

impl Days {
    fn add(&mut self, day: i64) {
        if day != self.seen {
            self.days += 1;
            self.seen = day;
        }
        self.first = self.first.min(day);
        self.last = self.last.max(day);
    }
}

/// Addresses of one network in one account.
#[derive(Debug, Default)]
struct Addresses {
    /// Sittings at each.
    ips: BTreeMap<u32, u32>,
    /// Sittings that name a telephone's agent, and that name any.
    phones: u32,
    named: u32,
}

impl Addresses {
    fn see(&mut self, view: &View<'_>, sitting: &Sitting<'_>) {
        *self.ips.entry(sitting.address.ip).or_default() += 1;
        let phone = |agent: &u32| super::agent::is_phone(view.names.text(*agent));
        self.named += u32::from(!sitting.agents.is_empty());
        self.phones += u32::from(sitting.agents.iter().any(phone));
    }

    /// A new address nearly every day, or telephones that take turns at the many
    /// addresses of a pool.
    fn is_carrier(&self, days: u32) -> bool {
        let most = self.ips.values().copied().max().unwrap_or(0);
        let sittings: u32 = self.ips.values().sum();
        days >= 8
            && (self.ips.len() * 2 >= days as usize
                || (self.ips.len() >= 6 && most * 4 <= sittings && self.by_phone()))
    }

    /// Two thirds of the sittings that name an agent name a telephone's.
    fn by_phone(&self) -> bool {
        self.named > 0 && self.phones * 3 >= self.named * 2
    }
}

/// One account's habits, from the owner's located sittings.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    pub(crate) total: Days,
    pub(crate) networks: BTreeMap<u32, Days>,
    pub(crate) prefixes: BTreeMap<u32, Days>,
    pub(crate) exits: BTreeMap<u32, Days>,
    pub(crate) agents: BTreeMap<u32, Days>,
    pub(crate) hours: [u32; 24],
    /// Networks on which the account has a new address nearly every day: carriers.
    /// A phone is there wherever its owner is, so they say nothing about where he is.
    pub(crate) mobile: BTreeSet<u32>,
    /// Those of them that telephones use: whoever rotates his exits has none.
    pub(crate) cells: BTreeSet<u32>,
}

impl Habits {
    fn new(view: &View<'_>, sittings: &[Sitting<'_>]) -> Self {
        let mut habits = Self::default();
        let mut addresses: BTreeMap<u32, Addresses> = BTreeMap::new();
        for sitting in sittings.iter().filter(|s| s.own() && s.located() && !s.only_failures()) {
            let day = sitting.day();
            habits.total.add(day);
            habits.networks.entry(sitting.address.network).or_default().add(day);
            habits.prefixes.entry(sitting.address.prefix).or_default().add(day);
            habits.exits.entry(sitting.address.exit).or_default().add(day);
            for agent in &sitting.agents {
                habits.agents.entry(*agent).or_default().add(day);
            }
            habits.hours[hour(sitting.start)] += 1;
            addresses.entry(sitting.address.network).or_default().see(view, sitting);
        }
        for (network, seen) in &addresses {
            let days = habits.networks.get(network).map_or(0, |seen| seen.days);
            if seen.is_carrier(days) {
                habits.mobile.insert(*network);
            }
            if seen.is_carrier(days) && seen.by_phone() {
                habits.cells.insert(*network);
            }
        }
        habits
    }

    /// Share of the account's days on which a thing was seen, smoothed: one day of two
    /// says less than fifty of a hundred.
    pub(crate) fn share(&self, of: &BTreeMap<u32, Days>, id: u32) -> f64 {
        let days = of.get(&id).map_or(0, |seen| seen.days);
        f64::from(days) / (f64::from(self.total.days) + 5.0)
    }
}

/// Hour of day, UTC.
pub(crate) fn hour(time: i64) -> usize {
    let hour = time.rem_euclid(UtcMicros::DAY) / UtcMicros::HOUR;
    usize::try_from(hour).unwrap_or(0).min(23)
}

/// How many accounts use a thing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Users {
    pub(crate) accounts: u32,
}

/// What the house uses.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    pub(crate) accounts: u32,
    pub(crate) networks: BTreeMap<u32, Users>,
    /// Exits at which a good part of a house are regulars.
    pub(crate) houses: BTreeSet<u32>,
    pub(crate) agents: BTreeMap<u32, Users>,
    /// Networks that are carriers to how many accounts; see [`Habits::mobile`].
    pub(crate) carriers: BTreeMap<u32, u32>,
    /// The same of [`Habits::cells`].
    pub(crate) cells: BTreeMap<u32, u32>,
    /// Accounts in which an application reads.
    pub(crate) apps: BTreeMap<u32, u32>,
    /// For each address: accounts on which it failed, accounts in which it came in,
    /// refusals and sign-ins.
    pub(crate) doors: BTreeMap<u32, Door>,
    /// Median of reads in a sitting that reads, over all owners' sittings.
    pub(crate) mail_per_sitting: f64,
    pub(crate) files_per_sitting: f64,
}

/// What one address did at the sign-in service.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Door {
    pub(crate) failed_accounts: u32,
    pub(crate) entered_accounts: u32,
    pub(crate) failures: u32,
    pub(crate) entries: u32,
}

impl Door {
    /// Refused on three accounts or more, more often than let in.
    pub(crate) fn sprays(&self) -> bool {
        self.failed_accounts >= 3 && self.failures >= 12 && self.failures > self.entries
    }
}

/// An account with its sittings and habits.
#[derive(Debug)]
pub(crate) struct Life<'a> {
    pub(crate) account: u32,
    pub(crate) sittings: Vec<Sitting<'a>>,
    pub(crate) habits: Habits,
    /// Agents of the owner's own devices; see [`super::candidates::devices`].
    pub(crate) devices: BTreeSet<u32>,
}

/// Splits the view into lives, by account name.
pub(crate) fn lives<'a>(view: &View<'a>) -> Vec<Life<'a>> {
    view.accounts()
        .into_iter()
        .map(|range| {
            let account = view.accesses[range.start].account;
            let sittings = super::sessions::sittings(view, range);
            let habits = Habits::new(view, &sittings);
            Life { account, sittings, habits, devices: BTreeSet::new() }
        })
        .collect()
}

/// Sums the lives up.
pub(crate) fn peers(view: &View<'_>, lives: &[Life<'_>]) -> Peers {
    let mut peers = Peers { houses: houses(view, lives), ..Peers::default() };
    let (mut mail, mut files) = (Vec::new(), Vec::new());
    for life in lives {
        peers.accounts += 1;
        count(&mut peers.networks, &life.habits.networks);
        count(&mut peers.agents, &life.habits.agents);
        for network in &life.habits.mobile {
            *peers.carriers.entry(*network).or_default() += 1;
        }
        for network in &life.habits.cells {
            *peers.cells.entry(*network).or_default() += 1;
        }
        let mut apps = BTreeSet::new();
        let mut doors: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for sitting in &life.sittings {
            apps.extend(sitting.reading_apps.iter().copied());
            if sitting.address.origin != Origin::None && sitting.failures + sitting.sign_ins > 0 {
                let door = doors.entry(sitting.address.ip).or_default();
                door.0 = door.0.saturating_add(sitting.failures);
                door.1 = door.1.saturating_add(sitting.sign_ins);
            }
            if sitting.own() && sitting.located() {
                mail.extend((sitting.mail_volume() > 0).then(|| sitting.mail_volume()));
                files.extend((sitting.files_read > 0).then_some(sitting.files_read));
            }
        }
        for app in apps {
            *peers.apps.entry(app).or_default() += 1;
        }
        for (ip, (failures, entries)) in doors {
            let door = peers.doors.entry(ip).or_default();
            door.failed_accounts += u32::from(failures > 0);
            door.entered_accounts += u32::from(entries > 0);
            door.failures = door.failures.saturating_add(failures);
            door.entries = door.entries.saturating_add(entries);
        }
    }
    peers.mail_per_sitting = median(&mut mail);
    peers.files_per_sitting = median(&mut files);
    peers
}

/// Exits at which at least three accounts of one domain, and a sixth of them, are seen
/// on five days or more. The egress of a VPN that some colleagues pay for is none.
fn houses(view: &View<'_>, lives: &[Life<'_>]) -> BTreeSet<u32> {
    let mut sizes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut regulars: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    for life in lives {
        let name = view.names.text(life.account);
        let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
        *sizes.entry(domain).or_default() += 1;
        for (exit, _) in life.habits.exits.iter().filter(|(_, seen)| seen.days >= 5) {
            *regulars.entry((domain, *exit)).or_default() += 1;
        }
    }
    regulars
        .into_iter()
        .filter(|((domain, _), n)| *n >= 3 && n * 6 >= sizes.get(domain).copied().unwrap_or(0))
        .map(|((_, exit), _)| exit)
        .collect()
}

fn count(users: &mut BTreeMap<u32, Users>, of: &BTreeMap<u32, Days>) {
    for id in of.keys() {
        users.entry(*id).or_default().accounts += 1;
    }
}

/// Median of counts; 1 when there are none.
pub(crate) fn median(values: &mut [u32]) -> f64 {
    if values.is_empty() {
        return 1.0;
    }
    values.sort_unstable();
    f64::from(values[values.len() / 2])
}

impl Peers {
    /// An exit at which many colleagues are regulars: an office, a proxy of the house that
    /// nobody wrote down. A street full of colleagues' homes is not one.
    pub(crate) fn is_house(&self, address: &Address) -> bool {
        address.origin != Origin::Vpn && self.houses.contains(&address.exit)
    }

    /// A network that is a carrier to several colleagues.
    pub(crate) fn is_carrier(&self, network: u32) -> bool {
        self.carriers.get(&network).is_some_and(|accounts| *accounts >= 2)
    }

    /// A network of cells to several colleagues.
    pub(crate) fn is_cell(&self, network: u32) -> bool {
        self.cells.get(&network).is_some_and(|accounts| *accounts >= 2)
    }

    /// How many other accounts use a thing that this one uses.
    pub(crate) fn others(of: &BTreeMap<u32, Users>, id: u32) -> u32 {
        of.get(&id).map_or(0, |users| users.accounts.saturating_sub(1))
    }
}
