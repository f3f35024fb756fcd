//! Does the group of sittings look like somebody else? Networks, agents, hours, and
//! whether the owner was elsewhere at the time.

use std::collections::BTreeSet;

use super::agent;
use super::baseline::{Peers, hour};
use super::candidates::{RARE, Thread, anchors};
use super::evidence::{Class, Weighed};
use super::scene::Scene;
use super::sessions::Sitting;
use super::view::Origin;
use super::weights;

/// Networks and agents of the candidate against the account's and the house's.
pub(crate) fn profile(scene: &Scene<'_, '_>) -> Vec<Weighed> {
    let located: Vec<&Sitting<'_>> = scene.sittings().filter(|s| s.located()).collect();
    if located.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let total = f64::from(u32::try_from(located.len()).unwrap_or(u32::MAX));
    let (mut sum, mut own, mut unseen, mut house, mut near) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let exits: BTreeSet<u32> = scene.others().iter().map(|s| s.address.exit).collect();
    for sitting in &located {
        let address = &sitting.address;
        let habits = scene.habits_of(sitting);
        if address.origin == Origin::House || scene.peers.is_house(address) {
            sum += weights::NETWORK_HOUSE;
            house += 1.0;
        } else if habits.share(&habits.networks, address.network) >= RARE {
            // The owner's provider is not yet the owner's address.
            if exits.contains(&address.exit) || habits.mobile.contains(&address.network) {
                sum += weights::NETWORK_OWN;
                own += 1.0;
            } else {
                near += 1.0;
            }
        } else if address.origin == Origin::Vpn || scene.peers.is_carrier(address.network) {
            // A second carrier, a tethered laptop: everybody's phone does it.
            near += 1.0;
        } else {
            sum += weights::NETWORK_RARE;
            if Peers::others(&scene.peers.networks, address.network) == 0 {
                unseen += 1.0;
            }
        }
    }
    let networks: BTreeSet<u32> = located.iter().map(|s| s.address.network).collect();
    let names: Vec<&str> = networks.iter().take(4).map(|n| scene.view.names.text(*n)).collect();
    found.push(scene.weighed(
        Class::Profile,
        "network",
        sum / total,
        format!(
            "{} sittings from {} networks ({}): {house} in the house's, {own} at the account's \
             own addresses, {near} at others of its provider or on a carrier, the rest rare for the account",
            located.len(),
            networks.len(),
            names.join(", "),
        ),
    ));
    if unseen * 2.0 > total {
        found.push(scene.weighed(
            Class::Profile,
            "network_unseen_at_peers",
            weights::NETWORK_UNSEEN_AT_PEERS,
            "no colleague is seen on these networks".to_owned(),
        ));
    }
    let rare_prefixes: BTreeSet<u32> = located
        .iter()
        .filter(|s| {
            let habits = scene.habits_of(s);
            s.address.origin == Origin::Public
                && !scene.peers.is_house(&s.address)
                && habits.share(&habits.networks, s.address.network) < RARE
                && habits.share(&habits.prefixes, s.address.prefix) < RARE
        })
        .map(|s| s.address.prefix)
        .collect();
    let exits: BTreeSet<u32> = located
        .iter()
        .filter(|s| rare_prefixes.contains(&s.address.prefix))
        .map(|s| s.address.network)
        .collect();
    if rare_prefixes.len() >= 3 && exits.len() >= 2 {
        found.push(scene.weighed(
            Class::Profile,
            "rotating_exits",
            weights::NETWORK_ROTATION,
            format!("one habit from {} address ranges in turn", rare_prefixes.len()),
        ));
    }
    // An application's library is no device, and runs wherever its maker likes.
    if !matches!(scene.candidate.thread, Thread::Application(_)) {
        found.extend(agents(scene, (own + house) / total));
        found.extend(own_devices(scene));
    }
    found
}

/// A desk and a phone of the owner's together in a foreign place: the owner is there.
fn own_devices(scene: &Scene<'_, '_>) -> Option<Weighed> {
    let (mut phone, mut desk) = (0_usize, 0_usize);
    for sitting in scene.sittings().filter(|s| s.own() && s.located()) {
        let own = sitting.agents.iter().filter(|a| scene.life.devices.contains(a));
        for agent in own {
            if agent::is_phone(scene.view.names.text(*agent)) {
                phone += 1;
            } else {
                desk += 1;
            }
        }
    }
    let least = phone.min(desk);
    (least > 0 && least * 8 >= phone + desk).then(|| {
        scene.weighed(
            Class::Profile,
            "owners_devices_together",
            weights::OWN_DEVICES,
            format!("the owner's phone ({phone} times) and desk client ({desk} times) both"),
        )
    })
}

fn agents(scene: &Scene<'_, '_>, at_own_networks: f64) -> Vec<Weighed> {
    let Some(first) = scene.sittings().next() else { return Vec::new() };
    let habits = scene.habits_of(first);
    let all: BTreeSet<u32> = scene.sittings().flat_map(|s| s.agents.iter().copied()).collect();
    let rarest = all
        .iter()
        .map(|agent| (habits.share(&habits.agents, *agent), *agent))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let Some((share, agent)) = rarest else { return Vec::new() };
    let name = scene.view.names.text(agent);
    if share >= RARE || scene.life.devices.contains(&agent) {
        return vec![scene.weighed(
            Class::Profile,
            "agent_of_the_owner",
            weights::AGENT_OWN,
            format!("{name} is what the owner uses too"),
        )];
    }
    let mut found = vec![scene.weighed(
        Class::Profile,
        "agent_rare",
        weights::AGENT_RARE,
        format!("{name} on {:.0}% of the account's days", share * 100.0),
    )];
    if Peers::others(&scene.peers.agents, agent) == 0 && scene.peers.accounts >= 5 {
        found.push(scene.weighed(
            Class::Profile,
            "agent_unseen_at_peers",
            weights::AGENT_UNSEEN_AT_PEERS,
            format!("no colleague uses {name}"),
        ));
    }
    if at_own_networks >= 0.6 {
        found.push(scene.weighed(
            Class::Profile,
            "new_device",
            weights::NEW_DEVICE * at_own_networks,
            format!("{name} mostly on the account's own networks, as a new device would be"),
        ));
    }
    found
}

/// Whether the owner was elsewhere meanwhile, and whether it comes back.
pub(crate) fn concurrency(scene: &Scene<'_, '_>) -> Vec<Weighed> {
    let inside: BTreeSet<usize> = scene.candidate.sittings.iter().copied().collect();
    let anchors: Vec<&Sitting<'_>> = scene
        .life
        .sittings
        .iter()
        .enumerate()
        .filter(|(index, s)| !inside.contains(index) && anchors(scene.life, scene.peers, s))
        .map(|(_, s)| s)
        .collect();
    let sittings: Vec<&Sitting<'_>> = scene.sittings().filter(|s| s.located()).collect();
    if anchors.is_empty() || sittings.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let home_days: BTreeSet<i64> = anchors.iter().map(|s| s.day()).collect();
    let days: BTreeSet<i64> = sittings.iter().map(|s| s.day()).collect();
    let both = days.intersection(&home_days).count();
    let (k, n) = (count(both), count(days.len()));
    let ratio = k * (weights::SAME_DAY_INTRUDER / weights::SAME_DAY_TRAVEL).ln()
        + (n - k) * ((1.0 - weights::SAME_DAY_INTRUDER) / (1.0 - weights::SAME_DAY_TRAVEL)).ln();
    found.push(scene.weighed(
        Class::Concurrency,
        "owner_elsewhere_same_day",
        (ratio * weights::SAME_DAY_SHARE).clamp(-2.0, 2.0),
        format!("on {both} of {} days the owner was active from the usual places", days.len()),
    ));
    let overlaps = sittings.iter().filter(|s| overlapped(s, &anchors)).count();
    let usual = anchors.iter().filter(|s| overlapped(s, &anchors)).count();
    let expected = count(usual) / count(anchors.len()) * count(sittings.len());
    let surplus = count(overlaps) - expected;
    if overlaps > 0 && surplus > 0.0 {
        found.push(scene.weighed(
            Class::Concurrency,
            "two_places_at_once",
            (surplus * weights::OVERLAP_EACH).min(2.0),
            format!(
                "{overlaps} of {} sittings overlap with the owner's elsewhere; {expected:.1} expected \
                 from the account's own habits",
                sittings.len()
            ),
        ));
    }
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return found };
    let between = between(&home_days, first, last);
    if days.len() >= 2 && between == 0 && last - first <= 24 {
        found.push(scene.weighed(
            Class::Concurrency,
            "travel",
            weights::TRAVEL,
            format!("one stay of {} days, the owner nowhere else meanwhile", last - first + 1),
        ));
    }
    let weeks: BTreeSet<i64> = days.iter().map(|day| day.div_euclid(7)).collect();
    if weeks.len() >= 2 && between >= 3 {
        let nats = weights::RECURS_EACH_WEEK * (count(weeks.len()) - 1.0);
        found.push(scene.weighed(
            Class::Concurrency,
            "comes_back",
            nats.min(1.5),
            format!("in {} weeks, the owner at home on {between} days between", weeks.len()),
        ));
    }
    found
}

/// Whether an anchor from another address range lies within half an hour; anchors are
/// by start, and none is longer than [`super::sessions`] allows.
fn overlapped(sitting: &Sitting<'_>, anchors: &[&Sitting<'_>]) -> bool {
    const NEAR: i64 = 30 * 60 * demarche_core::UtcMicros::SECOND;
    let after = anchors.partition_point(|s| s.start <= sitting.end + NEAR);
    anchors[after.saturating_sub(16)..after].iter().any(|s| {
        s.end + NEAR >= sitting.start
            && s.address.prefix != sitting.address.prefix
            && s.start != sitting.start
    })
}

/// Hours of the sittings against the owner's, each smoothed with its neighbours.
pub(crate) fn hours(scene: &Scene<'_, '_>) -> Option<Weighed> {
    let mut owner = scene.life.habits.hours;
    let starts: Vec<usize> =
        scene.sittings().filter(|s| s.own() && s.located()).map(|s| hour(s.start)).collect();
    for hour in &starts {
        owner[*hour] = owner[*hour].saturating_sub(1);
    }
    let total: f64 = owner.iter().map(|n| f64::from(*n)).sum();
    if total < 40.0 || starts.len() < 3 {
        return None;
    }
    let share = |hour: usize| {
        let near = f64::from(owner[(hour + 23) % 24])
            + 2.0 * f64::from(owner[hour])
            + f64::from(owner[(hour + 1) % 24]);
        (near / 4.0 + 0.5) / (total + 12.0)
    };
    let mean: f64 =
        starts.iter().map(|h| ((1.0 / 24.0) / share(*h)).ln()).sum::<f64>() / count(starts.len());
    let nats = (mean * (count(starts.len()) / 6.0).min(1.0))
        .clamp(-weights::HOURS_CAP, weights::HOURS_CAP);
    Some(scene.weighed(
        Class::Hours,
        "hours",
        nats,
        format!("hours {} the owner's", if nats > 0.0 { "unlike" } else { "like" }),
    ))
}

/// Somebody else in the mailbox: who, and since when.
pub(crate) fn delegation(scene: &Scene<'_, '_>) -> Option<Weighed> {
    let (actor, posing) = match scene.candidate.thread {
        Thread::Delegate(actor) => (actor, false),
        Thread::Posing(actor) => (actor, true),
        _ => return None,
    };
    let name = scene.view.names.text(actor);
    let account = scene.view.names.text(scene.life.account);
    let domain = |address: &str| address.rsplit('@').next().unwrap_or_default().to_owned();
    let (here, there) = (scene.roster.institution(account), scene.roster.institution(name));
    let colleague = if here.is_empty() || there.is_empty() {
        domain(name) == domain(account)
    } else {
        here == there
    };
    let house = scene.sittings().filter(|s| s.located()).all(|s| {
        matches!(s.address.origin, Origin::House | Origin::Vpn) || scene.peers.is_house(&s.address)
    });
    let days: BTreeSet<i64> = scene.sittings().map(Sitting::day).collect();
    let steady = days.len() >= 10;
    Some(if colleague && !posing && (house || steady) {
        scene.weighed(
            Class::Delegation,
            "standing_delegate",
            weights::STANDING_DELEGATE,
            format!("{name} of the same house, on {} days", days.len()),
        )
    } else {
        scene.weighed(
            Class::Delegation,
            "stranger_delegate",
            if colleague { 0.0 } else { weights::STRANGER_DELEGATE },
            format!("{name} reads this mailbox, on {} days", days.len()),
        )
    })
}

/// How many of `days` lie strictly between two.
pub(crate) fn between(days: &BTreeSet<i64>, first: i64, last: i64) -> usize {
    if last <= first + 1 { 0 } else { days.range(first + 1..last).count() }
}

/// A count as a float; counts here are far below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}
