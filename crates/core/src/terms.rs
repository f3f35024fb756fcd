//! The words for a probability.
//!
//! Two yardsticks are in use among the readers of a dossier: the United States' ICD 203
//! (Office of the Director of National Intelligence, *Analytic Standards*, 2015, section
//! D.6.e) and the British PHIA Probability Yardstick (Professional Head of Intelligence
//! Assessment). ICD 203 covers the whole range; PHIA leaves gaps between its words on
//! purpose, so a number in a gap takes the nearer word.

use crate::Probability;

/// Above this a row is "likely" in the words of [`term`], and told in summaries.
pub const LIKELY_ABOVE: f64 = 0.55;

/// Whether a probability is "likely" or more.
#[must_use]
pub fn is_likely(probability: Probability) -> bool {
    probability.get() > LIKELY_ABOVE
}

/// Name of the scale of [`term`], as the `hypotheses` table states it.
pub const ICD203: &str = "ICD203";
/// Name of the scale of [`phia`].
pub const PHIA: &str = "PHIA";

/// The ICD 203 word: the boundary belongs to the weaker statement, that is to the word
/// nearer to even chance.
#[must_use]
pub fn term(probability: Probability) -> &'static str {
    match probability.get() {
        p if p < 0.05 => "almost no chance",
        p if p < 0.20 => "very unlikely",
        p if p < 0.45 => "unlikely",
        p if p <= LIKELY_ABOVE => "roughly even chance",
        p if p <= 0.80 => "likely",
        p if p <= 0.95 => "very likely",
        _ => "almost certain",
    }
}

/// The PHIA word. The yardstick's bands are 0-5, 10-20, 25-35, 40-<50, 55-75, 80-90 and
/// 95-100 %; a value between two bands takes the nearer one, a tie the weaker statement.
#[must_use]
pub fn phia(probability: Probability) -> &'static str {
    match probability.get() {
        p if p < 0.075 => "remote chance",
        p if p < 0.225 => "highly unlikely",
        p if p < 0.375 => "unlikely",
        p if p <= 0.525 => "realistic possibility",
        p if p <= 0.775 => "likely or probable",
        p if p <= 0.925 => "highly likely",
        _ => "almost certain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_published_bands() {
        let icd = |p| term(Probability::new(p));
        assert_eq!(icd(0.0), "almost no chance");
        assert_eq!(icd(0.049), "almost no chance");
        assert_eq!(icd(0.05), "very unlikely");
        assert_eq!(icd(0.2), "unlikely");
        assert_eq!(icd(0.5), "roughly even chance");
        assert_eq!(icd(0.55), "roughly even chance");
        assert!(!is_likely(Probability::new(0.55)) && is_likely(Probability::new(0.56)));
        assert_eq!(icd(0.8), "likely");
        assert_eq!(icd(0.95), "very likely");
        assert_eq!(icd(0.951), "almost certain");
        let phia = |p| super::phia(Probability::new(p));
        assert_eq!(phia(0.05), "remote chance");
        assert_eq!(phia(0.15), "highly unlikely");
        assert_eq!(phia(0.3), "unlikely");
        assert_eq!(phia(0.45), "realistic possibility");
        assert_eq!(phia(0.6), "likely or probable");
        assert_eq!(phia(0.85), "highly likely");
        assert_eq!(phia(0.97), "almost certain");
    }
}
