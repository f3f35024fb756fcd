//! Links between waves: whether two are the work of one hand.
//!
//! Each class of evidence is a log-likelihood ratio ([`classes`]): one hand keeps most of
//! its habits from wave to wave, and others show a habit as often as the archive's
//! senders do. So what is rare and shared speaks for one hand, what is common says
//! little, and what differs speaks against it. Infrastructure is shared, templates are
//! copied, flags are false: no class links alone, and all that comes with a mailing kit
//! is held to [`classes::KIT_CAP`] together.

mod classes;
mod profile;
mod withheld;

use demarche_core::UtcMicros;

use super::CampaignInput;
use super::counts::Archive;
use super::waves::Candidate;
use classes::{Class, classes};
use profile::profile;
pub use withheld::{LinkClass, LinkClasses};

/// Summed weight, in nats, from which on two waves are linked.
pub(super) const LINKED_FROM: f64 = 3.2;
/// Weight from which on a class counts as one of the two that are needed.
const CLASS_COUNTS_FROM: f64 = 0.7;
/// Pairs with less are not explained in words.
const EXPLAINED_FROM: f64 = 1.0;
/// Taken for the weight of pairs that were not compared.
const NOT_COMPARED: f64 = -3.0;
/// Waves that are compared with each other, the most probable ones: pairs are quadratic.
const COMPARED: usize = 600;

/// What speaks for one operator behind two waves.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// Index of the earlier wave.
    pub(super) a: usize,
    /// Index of the later wave.
    pub(super) b: usize,
    /// Sum of the classes' weights, in nats.
    pub(super) weight: f64,
    /// Whether one sender sent both.
    pub(super) same_sender: bool,
    /// Classes for (and, below zero, against), strongest first.
    pub(super) classes: Vec<Class>,
}

impl Pair {
    /// Classes that speak for one hand.
    pub(super) fn speaking(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter().filter(|class| class.nats >= CLASS_COUNTS_FROM)
    }

    /// Whether it may join two waves: enough weight from at least two classes.
    pub(super) fn links(&self) -> bool {
        self.weight >= LINKED_FROM && self.speaking().count() >= 2
    }
}

/// All pairs of waves.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Those with some weight, by (a, b).
    pub(super) pairs: Vec<Pair>,
    waves: usize,
    /// Weight of each pair of waves, row by row.
    weights: Vec<f64>,
}

impl Links {
    /// Weight of a pair, in nats, in whichever order.
    pub(super) fn weight(&self, a: usize, b: usize) -> f64 {
        self.weights.get(a.min(b) * self.waves + a.max(b)).copied().unwrap_or(NOT_COMPARED)
    }

    /// Without the waves that are not kept; indexes follow.
    pub(super) fn keep(&self, kept: &[usize]) -> Self {
        let place = |wave: usize| kept.binary_search(&wave).ok();
        let pairs = self
            .pairs
            .iter()
            .filter_map(|pair| Some(Pair { a: place(pair.a)?, b: place(pair.b)?, ..pair.clone() }))
            .collect();
        let weights =
            kept.iter().flat_map(|&a| kept.iter().map(move |&b| self.weight(a, b))).collect();
        Self { pairs, waves: kept.len(), weights }
    }
}

/// Compares all pairs of candidates, classes that are `withheld` left out.
pub(super) fn between(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    waves: &[Candidate<'_>],
    withheld: LinkClasses,
) -> Links {
    let profiles: Vec<_> = waves.iter().map(|wave| profile(input, archive, wave)).collect();
    let mut people: Vec<&str> =
        input.roster.entries().iter().map(|entry| entry.person_id.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let pool = people.len().max(100);
    let mut compared: Vec<usize> = (0..waves.len()).collect();
    compared.sort_by(|&x, &y| {
        let probability = |i: usize| waves.get(i).map(|w| w.scored.probability);
        probability(y).cmp(&probability(x)).then(x.cmp(&y))
    });
    compared.truncate(COMPARED);
    compared.sort_unstable();
    let mut links = Links {
        pairs: Vec::new(),
        waves: waves.len(),
        weights: vec![NOT_COMPARED; waves.len() * waves.len()],
    };
    for (at, &a) in compared.iter().enumerate() {
        for &b in compared.iter().skip(at + 1) {
            let (Some(wave_a), Some(wave_b)) = (waves.get(a), waves.get(b)) else { continue };
            let (Some(one), Some(two)) = (profiles.get(a), profiles.get(b)) else { continue };
            let classes = classes(archive, (wave_a, one), (wave_b, two), pool, withheld);
            let weight: f64 = classes.iter().map(|class| class.nats).sum();
            if let Some(place) = links.weights.get_mut(a * waves.len() + b) {
                *place = weight;
            }
            if weight >= EXPLAINED_FROM {
                let same_sender = !one.parties.is_disjoint(&two.parties);
                links.pairs.push(Pair { a, b, weight, same_sender, classes });
            }
        }
    }
    links
}

/// The earliest and latest time of a candidate, for output.
pub(super) fn span(archive: &Archive<'_>, wave: &Candidate<'_>) -> Option<(UtcMicros, UtcMicros)> {
    let times = wave
        .burst
        .messages
        .iter()
        .filter_map(|&i| archive.messages.get(i))
        .filter_map(|message| archive.row(message).time());
    times.fold(None, |span, time| match span {
        None => Some((time, time)),
        Some((first, last)) => Some((first.min(time), last.max(time))),
    })
}
