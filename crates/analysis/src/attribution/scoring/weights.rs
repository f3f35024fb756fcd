//! The fitted numbers: `eval::fit` makes them, and the test `weights_are_those_of_the_fit`
//! makes them again. Fitted on the training half of ATT&CK v18's reports dated before 2022
//! (see `eval::is_training`), never on the temporal reports or the campaigns.

use super::FAMILIARITY_COUNT;
use super::features::Features;

/// Weights of [`super::features::NAMES`] in a set's log-score.
pub const WEIGHTS: Features = [0.291, 0.801, 0.624, 0.880, 0.658];

/// Known or unknown set: log-likelihood ratio for "known" is the sum of these times
/// [`super::familiarity`]'s numbers.
pub const FAMILIARITY: [f64; FAMILIARITY_COUNT] = [-0.130, 0.786, 0.467];
