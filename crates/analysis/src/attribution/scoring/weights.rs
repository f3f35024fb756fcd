//! The fitted numbers: `eval::weigh` makes them, and the test `weights_are_those_of_the_fit`
//! makes them again. Fitted on ATT&CK v18's reports dated before 2022, each left out once and
//! each asked once with what was known before its year; never on the temporal reports of
//! 2022 and later or the campaigns.

use super::FAMILIARITY_COUNT;
use super::features::Features;

/// What turns numbers into probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of [`super::features::NAMES`] in a set's log-score.
    pub sets: Features,
    /// The log-likelihood ratio for "a known set" is the sum of these times
    /// [`super::Comparison::familiarity`]'s numbers.
    pub familiarity: [f64; FAMILIARITY_COUNT],
}

/// Those that the product uses.
pub const SHIPPED: Weights = Weights {
    sets: [0.250, 0.875, 0.104, 0.552, 0.976, 0.545],
    familiarity: [0.113, 0.512, 0.503, -0.749, 0.676, -1.448, 0.289],
};
