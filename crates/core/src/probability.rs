//! Probabilities and the log-likelihood ratios they are made of.
//!
//! Parallel float sums differ from run to run, so ratios are summed as whole
//! micro-nats and only the last step is floating point, rounded to 1e-6.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// A log-likelihood ratio in millionths of a nat (natural logarithm).
/// In JSON a number of nats with six decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct MicroNats(pub i64);

impl MicroNats {
    /// From nats; not-a-number counts as no evidence, and one item never weighs
    /// more than 1,000 nats.
    #[must_use]
    pub fn from_nats(nats: f64) -> Self {
        if nats.is_nan() {
            return Self(0);
        }
        // In range after the clamp, so the cast cannot truncate.
        #[allow(clippy::cast_possible_truncation)]
        Self((nats.clamp(-1_000.0, 1_000.0) * 1e6).round() as i64)
    }

    /// In nats.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // below 2^53 by far
    pub fn nats(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl From<f64> for MicroNats {
    fn from(nats: f64) -> Self {
        Self::from_nats(nats)
    }
}

impl From<MicroNats> for f64 {
    fn from(value: MicroNats) -> Self {
        value.nats()
    }
}

impl Add for MicroNats {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroNats {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for MicroNats {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self(0), Add::add)
    }
}

/// A probability in 0..=1, rounded to 1e-6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// Clamped to 0..=1 and rounded to 1e-6; not-a-number becomes 0.
    #[must_use]
    pub fn new(value: f64) -> Self {
        if value.is_nan() {
            return Self(0.0);
        }
        Self((value.clamp(0.0, 1.0) * 1e6).round() / 1e6)
    }

    /// The posterior of a `prior` moved by a summed log-likelihood ratio.
    #[must_use]
    pub fn posterior(prior: Self, ratio: MicroNats) -> Self {
        let prior = prior.0.clamp(1e-12, 1.0 - 1e-12);
        let odds = (prior / (1.0 - prior)).ln() + ratio.nats();
        Self::new(1.0 / (1.0 + (-odds).exp()))
    }

    /// As a float in 0..=1.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl From<f64> for Probability {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(value: Probability) -> Self {
        value.0
    }
}

impl Eq for Probability {}

impl Ord for Probability {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Probability {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<f64> for Probability {
    fn eq(&self, other: &f64) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posterior_moves_with_the_ratio() {
        let prior = Probability::new(0.001);
        let moved = Probability::posterior(prior, MicroNats::from_nats(6.906_755));
        assert!((moved.get() - 0.5).abs() < 0.001, "{moved:?}");
        assert_eq!(Probability::posterior(prior, MicroNats(0)), prior);
    }

    #[test]
    fn nothing_leaves_the_unit_interval() {
        assert_eq!(Probability::new(f64::NAN).get(), 0.0);
        assert_eq!(Probability::new(7.0).get(), 1.0);
        assert_eq!(MicroNats::from_nats(f64::INFINITY).nats(), 1_000.0);
    }
}
