//! Waves into campaigns: agglomerative, by links, with a demand on the average.
//!
//! Links are taken strongest first. Two groups are joined only if their waves are, on
//! average, alike to a part of what a link needs: one chance link does not chain two
//! operators together, while drift over the years still may. What an analyst has said
//! (must-link, cannot-link) holds in any case.

use std::collections::BTreeMap;

use super::Parameters;
use super::counts::Archive;
use super::links::{LINKED_FROM, Pair};
use super::score::float;
use super::waves::Candidate;

/// Part of [`LINKED_FROM`] that the average over all pairs of two groups must reach.
const AVERAGE: f64 = 0.35;

/// For each wave the number of its group; groups are numbered by their first wave.
pub(super) fn group(
    archive: &Archive<'_>,
    waves: &[Candidate<'_>],
    pairs: &[Pair],
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
    let weights: BTreeMap<(usize, usize), f64> =
        pairs.iter().map(|pair| ((pair.a, pair.b), pair.weight)).collect();
    let mut links: Vec<&Pair> = pairs.iter().filter(|pair| pair.links()).collect();
    links.sort_by(|x, y| y.weight.total_cmp(&x.weight).then_with(|| (x.a, x.b).cmp(&(y.a, y.b))));
    for link in links {
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
                sum += weights.get(&(a.min(b), a.max(b))).copied().unwrap_or(0.0);
                count += 1;
            }
        }
        if !forbidden && sum >= AVERAGE * LINKED_FROM * float(count) {
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
