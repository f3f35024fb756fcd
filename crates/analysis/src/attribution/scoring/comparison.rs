//! A profile against every set: the numbers that weights turn into shares, and what they
//! say together about whether any known set did it.

use super::features::Features;
use super::view::to_f64;
use super::weights::Weights;
use super::{Asked, Scorer};

/// How many numbers [`Comparison::familiarity`] gives.
pub const FAMILIARITY_COUNT: usize = 7;

/// By how much the log-scores are held back before they become shares. Out of their fold
/// the first answers are surer than right (a logistic slope of 0.79); ranks stay as they are.
const TEMPER: f64 = 0.9;

/// Everything that is compared, before any weight. Rows are candidates in the order of
/// [`crate::attribution::Knowledge::sets`].
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The numbers of each candidate.
    pub features: Vec<Features>,
    /// The same for a profile of nothing.
    pub nothing: Vec<Features>,
    /// `[candidate]`: share of the profile's techniques that are known of it.
    covered: Vec<f64>,
    /// `[candidate][software of the profile]`: whether it is known to use it.
    uses: Vec<Vec<bool>>,
    /// Inverse document frequency of the profile's software.
    rarity: Vec<f64>,
    /// Share of the profile's techniques that its software is known to implement.
    implemented: f64,
    /// How many techniques the profile has.
    techniques: usize,
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

impl Comparison {
    /// Compares a profile with all that `scorer` knows.
    #[must_use]
    pub fn new(scorer: &Scorer, asked: &Asked) -> Self {
        let (view, model) = (&scorer.view, &scorer.model);
        let sets = 0..view.techniques.len();
        let of = |asked: &Asked| -> Vec<Features> {
            sets.clone()
                .map(|set| model.features(view, set, &asked.techniques, &asked.software))
                .collect()
        };
        let share = |count: usize| to_f64(count) / to_f64(asked.techniques.len().max(1));
        let count = |row: &[f64]| asked.techniques.iter().filter(|at| row[**at] > 0.0).count();
        let implemented = asked
            .techniques
            .iter()
            .filter(|at| asked.software.iter().any(|by| view.implemented[*by][**at] > 0.0))
            .count();
        Self {
            features: of(asked),
            nothing: of(&Asked::default()),
            covered: view.techniques.iter().map(|row| share(count(row))).collect(),
            uses: view
                .software
                .iter()
                .map(|row| asked.software.iter().map(|at| row[*at] > 0.0).collect())
                .collect(),
            rarity: asked.software.iter().map(|at| model.software_idf(*at)).collect(),
            implemented: share(implemented),
            techniques: asked.techniques.len(),
        }
    }

    /// Share of the profile's techniques that are known of a candidate.
    #[must_use]
    pub fn covered(&self, candidate: usize) -> f64 {
        self.covered[candidate]
    }

    /// Takes a candidate away, as if nobody knew it.
    pub fn remove(&mut self, candidate: usize) {
        self.features.remove(candidate);
        self.nothing.remove(candidate);
        self.covered.remove(candidate);
        self.uses.remove(candidate);
    }

    /// Shares and familiarity under some weights.
    #[must_use]
    pub fn scores(&self, weights: &Weights) -> Scores {
        let shares = shares(&self.features, &weights.sets);
        let familiar = if self.techniques == 0 && self.rarity.is_empty() {
            0.0
        } else {
            let numbers = self.familiarity(&shares);
            numbers.iter().zip(&weights.familiarity).map(|(x, w)| x * w).sum()
        };
        Scores { shares, priors: self::shares(&self.nothing, &weights.sets), familiar }
    }

    /// How well the candidates explain the profile: 1; of the most probable one the mean
    /// technique ratio, the log-odds of its share and the rarity of the rarest software it
    /// is known to use; how much of the software no candidate uses; how many of the
    /// techniques are known of the candidates, weighted by their shares; and how many come
    /// with the software, whoever uses it.
    #[must_use]
    pub fn familiarity(&self, shares: &[f64]) -> [f64; FAMILIARITY_COUNT] {
        let best = shares
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
            .map(|(at, share)| (at, share.clamp(1e-4, 1.0 - 1e-4)));
        let Some((best, share)) = best else {
            return [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        };
        let software = 0..self.rarity.len();
        let unused = software.clone().filter(|at| !self.uses.iter().any(|row| row[*at])).count();
        let rarest = software
            .filter(|at| self.uses[best][*at])
            .map(|at| self.rarity[at])
            .fold(0.0, f64::max);
        [
            1.0,
            self.features[best][0] / to_f64(self.techniques.max(1)),
            (share / (1.0 - share)).ln(),
            to_f64(unused).ln_1p(),
            self.covered.iter().zip(shares).map(|(covered, share)| covered * share).sum(),
            self.implemented,
            rarest.ln_1p(),
        ]
    }
}

/// Shares of the candidates from weighted sums of their numbers.
fn shares(features: &[Features], weights: &Features) -> Vec<f64> {
    let score =
        |numbers: &Features| TEMPER * numbers.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
    softmax(&features.iter().map(score).collect::<Vec<_>>())
}

/// Shares that make 1.
#[must_use]
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}
