//! Ranks every known intrusion set, and `unknown`, for a profile.
//!
//! Two questions, answered apart and multiplied. *Which known set, if it is one?* A
//! log-linear model over the numbers of [`features`], a softmax over all sets. *Is it a
//! known set at all?* A logistic model over how well the best match fits
//! ([`familiarity`]), fitted on reports once with their set known and once with it removed.
//! Its likelihood ratio moves the stated prior of `unknown`. So where many sets fit alike
//! the mass spreads, no name stands out, and `unknown` comes first: abstention is not a
//! rule laid on top but what the numbers say.

pub mod features;
mod line;
pub mod view;
pub mod weights;

use std::collections::BTreeSet;

use demarche_core::Probability;

use crate::attribution::knowledge::{Knowledge, PartialDate};
use features::{Features, Model};
pub use line::{ProfileError, attribute_profile_line};
use view::to_f64;
pub use view::{Known, View};

/// The name of the row that stands for every set not known.
pub const UNKNOWN: &str = "unknown";

/// How many numbers [`familiarity`] gives.
pub const FAMILIARITY_COUNT: usize = 3;

/// What was seen, and what may be known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// ATT&CK technique ids; revoked ones stand for their successors.
    pub techniques: Vec<String>,
    /// ATT&CK software ids, or names that only one piece of software bears.
    pub software: Vec<String>,
    /// Only relations with a citation dated earlier are known.
    pub before: Option<PartialDate>,
    /// A relation whose citations are all listed is not known.
    pub exclude_references: Vec<String>,
}

/// How to rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankOptions {
    /// Prior that the profile is of no known set.
    pub unknown_prior: Probability,
}

impl Default for RankOptions {
    /// One in ten: reports that reach public knowledge are mostly about named sets. For a
    /// campaign in a house's own records [`crate::attribution::HypothesisPrior`] says more.
    fn default() -> Self {
        Self { unknown_prior: Probability::new(0.1) }
    }
}

/// A row of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// ATT&CK id; `None` for [`UNKNOWN`].
    pub id: Option<String>,
    /// ATT&CK's name, or [`UNKNOWN`].
    pub name: String,
    /// Posterior; all rows together make 1.
    pub probability: Probability,
    /// The probability before anything was seen, by how much is known of the set.
    pub prior: Probability,
}

/// All sets and `unknown`, most probable first, then by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// The rows.
    pub rows: Vec<Ranked>,
    /// Techniques and software of the profile that the knowledge does not contain.
    pub unrecognised: Vec<String>,
}

/// A profile's distinct, recognised items as sorted indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Into [`Knowledge::techniques`].
    pub techniques: Vec<usize>,
    /// Into [`Knowledge::software`].
    pub software: Vec<usize>,
    /// What is in neither.
    pub unrecognised: Vec<String>,
}

impl Asked {
    /// Resolves ids.
    #[must_use]
    pub fn new(knowledge: &Knowledge, techniques: &[String], software: &[String]) -> Self {
        let mut unrecognised = BTreeSet::new();
        let mut resolve = |items: &[String], find: &dyn Fn(&str) -> Option<usize>| {
            let mut found = BTreeSet::new();
            for item in items {
                match find(item) {
                    Some(at) => {
                        found.insert(at);
                    }
                    None => {
                        unrecognised.insert(item.clone());
                    }
                }
            }
            found.into_iter().collect::<Vec<_>>()
        };
        let techniques = resolve(techniques, &|id| knowledge.technique(id));
        let software = resolve(software, &|id| knowledge.software(id));
        Self { techniques, software, unrecognised: unrecognised.into_iter().collect() }
    }
}

/// A view with its statistics, ready to score many profiles.
#[derive(Clone, Debug)]
pub struct Scorer {
    /// What is known.
    pub view: View,
    /// Its statistics.
    pub model: Model,
}

/// Log-scores of the sets and what they say together.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Share of each set if it is a known one; they make 1 (all 0 without sets).
    pub shares: Vec<f64>,
    /// The same before anything was seen.
    pub priors: Vec<f64>,
    /// Log-likelihood ratio for "a known set" against "unknown", in nats.
    pub familiar: f64,
}

impl Scorer {
    /// For what is known of `knowledge`.
    #[must_use]
    pub fn new(knowledge: &Knowledge, known: &Known) -> Self {
        let view = View::new(knowledge, known);
        let model = Model::new(&view);
        Self { view, model }
    }

    /// The numbers of every set.
    #[must_use]
    pub fn features(&self, asked: &Asked) -> Vec<Features> {
        (0..self.view.techniques.len())
            .map(|set| self.model.features(&self.view, set, &asked.techniques, &asked.software))
            .collect()
    }

    /// Scores with the shipped weights.
    #[must_use]
    pub fn score(&self, asked: &Asked) -> Scores {
        let features = self.features(asked);
        let shares = softmax(&log_scores(&features, &weights::WEIGHTS));
        let nothing = self.features(&Asked::default());
        let priors = softmax(&log_scores(&nothing, &weights::WEIGHTS));
        let familiar = if asked.techniques.is_empty() && asked.software.is_empty() {
            0.0
        } else {
            let numbers = familiarity(&features, &shares, asked);
            numbers.iter().zip(&weights::FAMILIARITY).map(|(x, w)| x * w).sum()
        };
        Scores { shares, priors, familiar }
    }
}

/// Weighted sums.
#[must_use]
pub fn log_scores(features: &[Features], weights: &Features) -> Vec<f64> {
    features.iter().map(|numbers| numbers.iter().zip(weights).map(|(x, w)| x * w).sum()).collect()
}

/// Shares that make 1.
#[must_use]
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

/// How well the best match fits: 1, and of the most probable set the mean technique ratio
/// and the log-odds of its share.
#[must_use]
pub fn familiarity(
    features: &[Features],
    shares: &[f64],
    asked: &Asked,
) -> [f64; FAMILIARITY_COUNT] {
    let best = shares
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
        .and_then(|(at, share)| Some((features.get(at)?, *share)));
    let Some((numbers, share)) = best else { return [1.0, 0.0, 0.0] };
    let share = share.clamp(1e-4, 1.0 - 1e-4);
    [1.0, numbers[0] / to_f64(asked.techniques.len().max(1)), (share / (1.0 - share)).ln()]
}

/// Ranks all sets and `unknown` for a profile.
#[must_use]
pub fn rank(knowledge: &Knowledge, profile: &Profile, options: &RankOptions) -> Ranking {
    let known = Known {
        before: profile.before,
        exclude_references: profile.exclude_references.iter().cloned().collect(),
    };
    let scorer = Scorer::new(knowledge, &known);
    let asked = Asked::new(knowledge, &profile.techniques, &profile.software);
    rank_with(knowledge, &scorer, &asked, options)
}

/// Ranks with a scorer at hand.
#[must_use]
pub fn rank_with(
    knowledge: &Knowledge,
    scorer: &Scorer,
    asked: &Asked,
    options: &RankOptions,
) -> Ranking {
    let scores = scorer.score(asked);
    let unknown_prior = options.unknown_prior.get();
    let unknown = unknown_posterior(unknown_prior, scores.familiar);
    let mut rows: Vec<Ranked> = knowledge
        .sets
        .iter()
        .zip(scores.shares.iter().zip(&scores.priors))
        .map(|(set, (share, prior))| Ranked {
            id: Some(set.id.clone()),
            name: set.name.clone(),
            probability: Probability::new((1.0 - unknown) * share),
            prior: Probability::new((1.0 - unknown_prior) * prior),
        })
        .collect();
    // Rounding to 1e-6 in 170 rows: what is lost or won goes to `unknown`.
    let named: f64 = rows.iter().map(|row| row.probability.get()).sum();
    rows.push(Ranked {
        id: None,
        name: UNKNOWN.to_owned(),
        probability: Probability::new(1.0 - named),
        prior: options.unknown_prior,
    });
    rows.sort_by(|a, b| b.probability.cmp(&a.probability).then_with(|| a.id.cmp(&b.id)));
    Ranking { rows, unrecognised: asked.unrecognised.clone() }
}

/// Posterior of `unknown`.
#[must_use]
pub fn unknown_posterior(prior: f64, familiar: f64) -> f64 {
    let prior = prior.clamp(1e-9, 1.0 - 1e-9);
    let odds = (prior / (1.0 - prior)).ln() - familiar;
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests;
