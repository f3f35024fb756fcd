//! Where people of grown worlds sign in from, and what new machines do.
//!
//! Addresses are shared: an office has a few behind which all sit, carriers
//! hand out pools, VPNs have few egresses, relay exits in home networks serve
//! strangers of every kind, and some people have a second home. None of it
//! tells an intruder by itself.

use crate::cloud::audit::{Event, Op};
use crate::dice::{Dice, key};
use crate::net::{NetKind, Networks};
use crate::time::DAY;

/// Exits of a city and month that a relay network rents.
pub const EXITS: u64 = 6;

/// A relay exit: a home router in a city, one of [`EXITS`] in a month.
#[must_use]
pub fn relay(
    seed: u64,
    nets: &Networks,
    country: &str,
    city: usize,
    day: i64,
    slot: u64,
) -> String {
    let homes = nets.of(NetKind::Consumer, Some(country));
    let parts = [city as u64, (day / 30) as u64, slot % EXITS];
    let mut dice = Dice::keyed(key(seed, &format!("relay {country}"), &parts));
    let net = *dice.of(&homes);
    nets.address(&mut dice, net, Some(city))
}

/// One of a few egress addresses of a VPN.
#[must_use]
pub fn egress(seed: u64, nets: &Networks, vpn: usize, slot: u64) -> String {
    nets.address(&mut Dice::keyed(key(seed, "egress", &[vpn as u64, slot % 12])), vpn, None)
}

/// One of a carrier's addresses that many phones share.
#[must_use]
pub fn carrier(seed: u64, nets: &Networks, net: usize, slot: u64) -> String {
    nets.address(&mut Dice::keyed(key(seed, "carrier", &[net as u64, slot % 40])), net, None)
}

/// What a person does beyond the classic day; told by the seed alone.
#[derive(Clone, Copy, Debug)]
pub struct Ways {
    /// Network and city of a second home.
    pub second: Option<(usize, usize)>,
    /// Uses an application that leaves by relay exits.
    pub relayed: bool,
    /// Leaves by a VPN on most days.
    pub vpn: Option<usize>,
    /// Days between two new mail programs.
    pub program: i64,
}

/// The ways of a person who lives in `country`.
#[must_use]
pub fn ways(seed: u64, nets: &Networks, person: usize, country: &str) -> Ways {
    let mut dice = Dice::keyed(key(seed, "ways", &[person as u64]));
    let second = dice.chance(0.3).then(|| {
        let abroad = dice.chance(0.3);
        let homes = nets.of(NetKind::Consumer, if abroad { None } else { Some(country) });
        (*dice.of(&homes), dice.below(16))
    });
    let vpns = nets.of(NetKind::Vpn, None);
    Ways {
        second,
        relayed: dice.chance(0.06),
        vpn: dice.chance(0.2).then(|| *dice.of(&vpns)),
        program: dice.range(250, 900),
    }
}

/// What a sign-in is made with.
pub struct Spot<'a> {
    /// Seed.
    pub seed: u64,
    /// Networks.
    pub nets: &'a Networks,
    /// Person.
    pub person: usize,
    /// Country and city of the home.
    pub home: (&'a str, usize),
    /// Carrier.
    pub mobile: usize,
    /// Day.
    pub day: i64,
    /// Whether it is a phone.
    pub phone: bool,
    /// Whether the person travels.
    pub away: bool,
}

/// Another address than the classic day's; none where that stands.
pub fn address(dice: &mut Dice, spot: &Spot<'_>) -> Option<String> {
    let ways = ways(spot.seed, spot.nets, spot.person, spot.home.0);
    let (seed, nets, person) = (spot.seed, spot.nets, spot.person as u64);
    // Draws come first and always, so that the ways do not move the stream.
    let (turn, slot) = (dice.unit(), dice.draw());
    if spot.phone && turn < 0.55 {
        return Some(carrier(seed, nets, spot.mobile, slot));
    }
    if spot.away {
        return None;
    }
    if let Some((net, city)) = ways.second {
        // Some weekends, and two or three weeks a year.
        let week = key(seed, "second", &[person, (spot.day / 7) as u64]) % 100;
        let there = week < 6 || week < 30 && crate::time::weekday(spot.day * DAY) >= 5;
        if there {
            let lease = (spot.day / 60) as u64;
            let mut lot = Dice::keyed(key(seed, "second ip", &[person, lease]));
            return Some(nets.address(&mut lot, net, Some(city)));
        }
    }
    if ways.relayed && turn < 0.25 {
        return Some(relay(seed, nets, spot.home.0, spot.home.1, spot.day, slot));
    }
    ways.vpn.filter(|_| turn < 0.4).map(|vpn| egress(seed, nets, vpn, slot))
}

/// A new machine or mail program fetches everything once.
pub fn sync_burst(dice: &mut Dice, event: &Event, files: bool, out: &mut Vec<Event>) {
    let folders = ["\\Inbox", "\\Sent Items", "\\Archive", "\\Drafts", "\\Inbox"];
    for (nth, folder) in folders.into_iter().enumerate() {
        let mut sync = event.clone();
        sync.time += 60 + nth as i64 * dice.range(5, 40);
        sync.op = Op::Sync;
        sync.folder = folder;
        out.push(sync);
    }
    for nth in 0..if files { 15 + dice.below(60) } else { 0 } {
        let mut file = event.clone();
        file.time += 300 + nth as i64 * 3;
        file.op = Op::File(
            "FileSyncDownloadedFull",
            format!("{}-{}.docx", dice.pick(&["minutes", "draft", "notes", "budget"]), dice.hex(4)),
        );
        out.push(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_few_and_change_by_the_month() {
        let nets = Networks::draw(1, &[("GB", "A".to_owned())]);
        let month = |day: i64| -> std::collections::BTreeSet<String> {
            (0..100).map(|slot| relay(1, &nets, "GB", 2, day, slot)).collect()
        };
        assert_eq!(month(30).len(), EXITS as usize);
        assert!(month(30).is_disjoint(&month(60)));
        assert_eq!(month(31), month(59));
        assert!(month(30).iter().all(|ip| nets.find(ip).unwrap().country == "GB"));
    }
}
