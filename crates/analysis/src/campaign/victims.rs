//! Who was chosen: the groups of a campaign's recipients against the base rate.

use std::collections::BTreeMap;

use super::counts::Id;
use super::score::{Audience, groups_beyond_chance};
use super::waves::Candidate;

/// Groups chosen by a wave beyond chance, strongest first.
pub(super) fn of_wave(audience: &Audience<'_, '_>, wave: &Candidate<'_>) -> Vec<String> {
    groups_beyond_chance(audience, &wave.burst.recipients, wave.burst.days.0)
}

/// Groups chosen by a campaign: those of all recipients together, then those that at
/// least two waves show, strongest first, at most five.
pub(super) fn of_campaign(
    audience: &Audience<'_, '_>,
    waves: &[&Candidate<'_>],
    by_wave: &[Vec<String>],
) -> Vec<String> {
    let mut all: Vec<Id> =
        waves.iter().flat_map(|wave| wave.burst.recipients.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let day = waves.first().map_or(0, |wave| wave.burst.days.0);
    let mut groups = groups_beyond_chance(audience, &all, day);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for group in by_wave.iter().flatten() {
        *counts.entry(group).or_default() += 1;
    }
    let mut often: Vec<(&str, usize)> = counts.into_iter().filter(|(_, n)| *n >= 2).collect();
    often.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    for (group, _) in often {
        if !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    groups.truncate(5);
    groups
}
