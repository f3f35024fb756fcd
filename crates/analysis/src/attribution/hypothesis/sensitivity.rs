//! What single item, if forged, would change the answer?

use super::evidence::{asked, items};
use super::operator::{first, weigh};
use super::{CampaignProfile, HypothesisPrior};
use crate::attribution::knowledge::Knowledge;
use crate::attribution::scoring::{Known, Scorer, UNKNOWN};
use demarche_core::Probability;

/// The answer without one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Technique or software id left out.
    pub item: String,
    /// The first answer with everything.
    pub with: String,
    /// The first answer without the item.
    pub without: String,
    /// Probability of `with` when the item is left out.
    pub probability_without: Probability,
}

/// One row an item, in the order of techniques then software; those that change the first
/// answer are the ones whose forgery would matter.
#[must_use]
pub fn sensitivity(
    campaign: &CampaignProfile,
    knowledge: &Knowledge,
    prior: &HypothesisPrior,
) -> Vec<Sensitivity> {
    let scorer = Scorer::new(knowledge, &Known::default());
    let items = items(campaign, knowledge);
    let name = |set: Option<usize>| {
        set.map_or_else(|| UNKNOWN.to_owned(), |set| knowledge.sets[set].name.clone())
    };
    let all = first(&weigh(&scorer, &asked(&items, None), &[], prior.unknown));
    items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let weighed = weigh(&scorer, &asked(&items, Some(at)), &[], prior.unknown);
            let probability = all.map_or(weighed.unknown, |set| weighed.sets[set]);
            Sensitivity {
                item: item.id.clone(),
                with: name(all),
                without: name(first(&weighed)),
                probability_without: Probability::new(probability),
            }
        })
        .collect()
}
