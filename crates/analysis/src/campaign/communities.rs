//! Waves into campaigns: agglomerative, by links, with a demand on the average.
//!
//! Links are taken strongest first. Two groups are joined only if, over all their pairs of
//! waves, more speaks for one hand than against it: one chance link does not chain two
//! operators together, while drift over the years still may. What an analyst has said
//! (must-link, cannot-link) holds in any case.

use std::collections::BTreeMap;

use super::Parameters;
use super::counts::Archive;
use super::links::{Links, Pair};
use super::score::float;
use super::waves::Candidate;

/// Average weight over all pairs of two groups, in nats, that joining them needs.
const AVERAGE: f64 = 0.5;

/// For each wave the number of its group; groups are numbered by their first wave.
pub(super) fn group(
    archive: &Archive<'_>,
    waves: &[Candidate<'_>],
    links: &Links,
    parameters: &Parameters,
) -> Vec<usize> {
    let mut of: Vec<usize> = (0..waves.len()).collect();
    let mut by_uid: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, wave) in waves.iter().enumerate() {
        for &index in &wave.burst.messages {
            by_uid.insert(archive.row(&archive.messages[index]).message_uid.as_str(), number);
        }
    }
    let resolve = |list: &[(String, String)]| -> Vec<(usize, usize)> {
        let find = |uid: &String| by_uid.get(uid.as_str()).copied();
        list.iter().filter_map(|(a, b)| Some((find(a)?, find(b)?))).collect()
    };
    let apart = resolve(&parameters.cannot_link);
    for (a, b) in resolve(&parameters.must_link) {
        join(&mut of, a, b);
    }
    let mut pairs: Vec<&Pair> = links.pairs.iter().filter(|pair| pair.links()).collect();
    pairs.sort_by(|x, y| y.weight.total_cmp(&x.weight).then_with(|| (x.a, x.b).cmp(&(y.a, y.b))));
    for link in pairs {
        let (Some(&left), Some(&right)) = (of.get(link.a), of.get(link.b)) else { continue };
        if left == right {
            continue;
        }
        let members =
            |group: usize| of.iter().enumerate().filter(move |(_, g)| **g == group).map(|(w, _)| w);
        let forbidden = apart.iter().any(|&(a, b)| {
            let sides = (of.get(a).copied(), of.get(b).copied());
            sides == (Some(left), Some(right)) || sides == (Some(right), Some(left))
        });
        let (mut sum, mut count) = (0.0, 0);
        for a in members(left) {
            for b in members(right) {
                sum += links.weight(a, b);
                count += 1;
            }
        }
        if !forbidden && sum >= AVERAGE * float(count) {
            join(&mut of, link.a, link.b);
        }
    }
    of
}

/// Gives both groups the smaller number.
fn join(of: &mut [usize], a: usize, b: usize) {
    let (Some(&a), Some(&b)) = (of.get(a), of.get(b)) else { return };
    for group in of.iter_mut().filter(|group| **group == a.max(b)) {
        *group = a.min(b);
    }
}
