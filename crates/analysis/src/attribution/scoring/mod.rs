//! Ranks every known intrusion set, and `unknown`, for a profile.
//!
//! Two questions, answered apart and multiplied. *Which known set, if it is one?* A
//! log-linear model over the numbers of [`features`], a softmax over all sets. *Is it a
//! known set at all?* A logistic model over how well the best match fits
//! ([`Comparison::familiarity`]), fitted on reports once with their set known and once with it removed.
//! Its likelihood ratio moves the stated prior of `unknown`. So where many sets fit alike
//! the mass spreads, no name stands out, and `unknown` comes first: abstention is not a
//! rule laid on top but what the numbers say.

pub mod comparison;
pub mod features;
mod line;
pub mod view;
pub mod weights;

use std::collections::BTreeSet;

use demarche_core::Probability;

use crate::attribution::knowledge::{Knowledge, PartialDate};
pub use comparison::{Comparison, FAMILIARITY_COUNT, Scores, softmax};
use features::Model;
pub use line::{ProfileError, attribute_profile_line};
pub use view::{Known, View};

/// The name of the row that stands for every set not known.
pub const UNKNOWN: &str = "unknown";

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

impl Scorer {
    /// For what is known of `knowledge`.
    #[must_use]
    pub fn new(knowledge: &Knowledge, known: &Known) -> Self {
        let view = View::new(knowledge, known);
        let model = Model::new(&view);
        Self { view, model }
    }

    /// Scores with the shipped weights.
    #[must_use]
    pub fn score(&self, asked: &Asked) -> Scores {
        Comparison::new(self, asked).scores(&weights::SHIPPED)
    }
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
    rows(knowledge, &scorer.score(asked), asked.unrecognised.clone(), options)
}

/// Scores as a ranking.
pub(crate) fn rows(
    knowledge: &Knowledge,
    scores: &Scores,
    unrecognised: Vec<String>,
    options: &RankOptions,
) -> Ranking {
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
    Ranking { rows, unrecognised }
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
