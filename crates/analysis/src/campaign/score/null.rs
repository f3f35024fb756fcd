//! What the archive's honest mailings show: the null that traits are weighed against.
//!
//! A trait is worth what it is rarer among honest mailings *of this archive* than among
//! targeted waves. Houses differ: where every agency sends from a new domain, a new
//! domain tells little. Mailings of the same kind (sendings with URLs of their own, to a
//! small audience, without list headers) stand for the null, each for as much as its
//! other evidence leaves it honest; their few targeted ones hardly shift it.

use super::super::weights::Indicator;

/// Mailings that the assumed rate of a trait counts for.
const ASSUMED: f64 = 10.0;
/// Honest mailings needed for a rank to mean anything.
const RANK_NEEDS: f64 = 15.0;
/// Least weight of an absent trait.
const ABSENT: f64 = -1.5;

/// Share of honest mailings that show a trait, from `(degree, honest)` of each.
pub(super) fn rate(indicator: &Indicator, shown: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut all) = (ASSUMED * indicator.usual, ASSUMED);
    for (degree, honest) in shown {
        sum += degree * honest;
        all += honest;
    }
    (sum / all).clamp(0.005, 0.995)
}

/// Weight in nats of a trait shown to a `degree`, when honest mailings show it at `rate`.
pub(super) fn weigh(indicator: &Indicator, degree: f64, rate: f64) -> f64 {
    let typical = indicator.typical;
    let shown = (typical / rate).ln();
    let absent = ((1.0 - typical) / (1.0 - rate)).ln();
    (degree * shown + (1.0 - degree) * absent).clamp(ABSENT, indicator.most)
}

/// For each value its rank among the honest ones (share that are as large, 0..=1), and
/// how many these are; `None` throughout when they are too few. A mailing is not
/// compared with itself.
pub(super) fn ranks(values: &[Option<f64>], honest: &[f64]) -> Vec<Option<(f64, f64)>> {
    let mut null: Vec<(f64, f64)> = values
        .iter()
        .zip(honest)
        .filter_map(|(value, honest)| Some(((*value)?, *honest)))
        .filter(|(_, honest)| *honest > 0.0)
        .collect();
    null.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut above = 0.0;
    for (_, weight) in &mut null {
        above += *weight;
        *weight = above;
    }
    if above < RANK_NEEDS {
        return vec![None; values.len()];
    }
    values
        .iter()
        .zip(honest)
        .map(|(value, own)| {
            let value = (*value)?;
            let at = null.partition_point(|(other, _)| *other >= value);
            let as_large = at.checked_sub(1).and_then(|i| null.get(i)).map_or(0.0, |(_, sum)| *sum);
            let rank = ((as_large - own).max(0.0) + 1.0) / ((above - own) + 1.0);
            Some((rank.min(1.0), above))
        })
        .collect()
}

/// How many times likelier a targeted wave is to stand at the very top than an honest
/// mailing: the sharpness of the top of [`rank_nats`].
const SHARPNESS: f64 = 25.0;

/// Nats of a rank `q`, when a `typical` share of targeted waves stands at the top and the
/// rest anywhere: the logarithm of `typical k (1-q)^(k-1) + 1 - typical`. Over ranks of
/// honest mailings its expected exponential is one, whatever their distribution: a fair
/// bet, an e-value (Vovk and Wang, "E-values: calibration, combination and applications",
/// 2021).
pub(super) fn rank_nats(rank: f64, typical: f64) -> f64 {
    (typical * SHARPNESS * (1.0 - rank).powf(SHARPNESS - 1.0) + 1.0 - typical).ln()
}

#[cfg(test)]
mod tests {
    use super::super::super::weights::LOOKALIKE;
    use super::*;

    #[test]
    fn what_is_common_here_weighs_little() {
        let rare = rate(&LOOKALIKE, std::iter::repeat_n((0.0, 1.0), 500));
        let common = rate(&LOOKALIKE, std::iter::repeat_n((0.3, 1.0), 500));
        assert!(weigh(&LOOKALIKE, 1.0, rare) > 2.0);
        assert!(weigh(&LOOKALIKE, 1.0, common) < 0.3);
        assert!(weigh(&LOOKALIKE, 0.0, rare) > -0.6);
    }

    #[test]
    fn ranks_are_among_the_honest() {
        let values: Vec<Option<f64>> = (0..100).map(|n| Some(f64::from(n))).collect();
        let ranks = ranks(&values, &[1.0; 100]);
        assert!(ranks[99].is_some_and(|(rank, _)| rank < 0.02));
        assert!(ranks[0].is_some_and(|(rank, _)| rank > 0.98));
        assert!(super::ranks(&values, &[0.0; 100]).iter().all(Option::is_none));
    }

    #[test]
    fn the_e_value_is_a_fair_bet() {
        let mean: f64 =
            (1..=100_000).map(|n| rank_nats(f64::from(n) / 100_000.0, 0.8).exp()).sum::<f64>()
                / 1e5;
        assert!((0.99..1.01).contains(&mean), "{mean}");
    }
}
