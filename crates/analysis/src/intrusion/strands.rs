//! Which foreign stays are not the owner's.
//!
//! The owner's own devices turn up on foreign networks on trips, at second homes, on
//! trains. What sets an intruder apart is that he comes back to a network while the
//! owner is at home in between, and that he reads and does not write.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Life, Peers};
use super::candidates::{anchors, runs};
use super::evidence::Artefact;
use super::profile::{between, count};
use super::sessions::Sitting;

/// Days without a sitting after which a stay on a network has ended.
const STAY: i64 = 30;
/// So many one-off places, on so many days, are a habit of their own.
const SCATTERED: (usize, usize) = (4, 6);

/// Odd stays, and what is left as single visits if there are many of them.
pub(crate) fn sift(
    life: &Life<'_>,
    peers: &Peers,
    foreign: &[usize],
    artefacts: &BTreeMap<usize, Vec<Artefact>>,
) -> (Vec<usize>, Vec<usize>) {
    let home: Vec<&Sitting<'_>> =
        life.sittings.iter().filter(|s| anchors(life, peers, s)).collect();
    let home_days: BTreeSet<i64> = home.iter().map(|s| s.day()).collect();
    let rate = writing(home.iter().copied());
    let mut networks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &index in foreign {
        networks.entry(life.sittings[index].address.network).or_default().push(index);
    }
    let mut odd: BTreeSet<usize> = BTreeSet::new();
    let mut rest: Vec<usize> = Vec::new();
    let mut places: BTreeSet<u32> = BTreeSet::new();
    for (network, sittings) in &networks {
        for stay in runs(life, sittings, STAY) {
            let of_stay = || stay.iter().map(|s| &life.sittings[*s]);
            let days: BTreeSet<i64> = of_stay().map(Sitting::day).collect();
            let (Some(&first), Some(&last)) = (days.first(), days.last()) else { continue };
            let meanwhile = between(&home_days, first, last);
            let changed = of_stay().flat_map(|s| &s.accesses).any(|a| artefacts.contains_key(a));
            let writes = writing(of_stay());
            let like_owner = writes > 0.0 && writes >= rate * 0.5;
            if changed || (days.len() >= 3 && meanwhile >= 2 && !like_owner) {
                odd.extend(stay);
            } else if writes == 0.0 && (days.len() < 2 || meanwhile > 0) {
                places.insert(*network);
                rest.extend(stay);
            }
        }
    }
    // A single visit from an odd stay's very address is of that stay.
    let addresses: BTreeSet<u32> = odd.iter().map(|s| life.sittings[*s].address.ip).collect();
    let (same, rest): (Vec<usize>, Vec<usize>) =
        rest.into_iter().partition(|s| addresses.contains(&life.sittings[*s].address.ip));
    odd.extend(same);
    let days: BTreeSet<i64> = rest.iter().map(|s| life.sittings[*s].day()).collect();
    let mut scattered =
        if places.len() >= SCATTERED.0 && days.len() >= SCATTERED.1 { rest } else { Vec::new() };
    scattered.sort_unstable();
    (odd.into_iter().collect(), scattered)
}

/// Share of sittings with any activity in which something is written.
fn writing<'s, 'a: 's>(sittings: impl Iterator<Item = &'s Sitting<'a>>) -> f64 {
    let (mut active, mut writes) = (0, 0);
    for sitting in sittings {
        active += usize::from(sitting.mail_volume() + sitting.files_read + sitting.writes > 0);
        writes += usize::from(sitting.writes > 0);
    }
    if active == 0 { 0.0 } else { count(writes) / count(active) }
}
