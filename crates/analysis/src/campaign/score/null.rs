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
/// Sizes from which on mailings are ranked among those as large, ascending.
const SIZES: [usize; 3] = [5, 8, 13];
/// Honest mailings of a size that are needed for that.
const SIZE_NEEDS: f64 = 60.0;
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
    let most = indicator.most * degree;
    (degree * shown + (1.0 - degree) * absent).clamp(ABSENT, most.max(0.0))
}

/// Where a value stands among the honest ones, the largest first: equal values share a
/// block of ranks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    /// Share of honest mailings with a larger value.
    pub(super) from: f64,
    /// Share with a value as large or larger; never 0.
    pub(super) to: f64,
    /// How many honest mailings there are.
    pub(super) null: f64,
}

/// Ranks of values among the honest; `None` throughout when these are too few. A mailing
/// is not compared with itself.
pub(super) fn ranks(values: &[Option<f64>], honest: &[f64]) -> Vec<Option<Rank>> {
    let mut null: Vec<(f64, f64)> = values
        .iter()
        .zip(honest)
        .filter_map(|(value, honest)| Some(((*value)?, *honest)))
        .filter(|(_, honest)| *honest > 0.0)
        .collect();
    null.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sum = 0.0;
    for (_, weight) in &mut null {
        sum += *weight;
        *weight = sum;
    }
    if sum < RANK_NEEDS {
        return vec![None; values.len()];
    }
    let up_to = |count: usize| count.checked_sub(1).and_then(|i| null.get(i)).map_or(0.0, |n| n.1);
    values
        .iter()
        .zip(honest)
        .map(|(value, own)| {
            let value = (*value)?;
            let larger = up_to(null.partition_point(|(other, _)| *other > value));
            let as_large = up_to(null.partition_point(|(other, _)| *other >= value));
            let all = (sum - own) + 1.0;
            let to = (((as_large - own).max(larger) + 1.0) / all).min(1.0);
            let from = (larger / all).min(to - 1e-6).max(0.0);
            Some(Rank { from, to, null: sum })
        })
        .collect()
}

/// Ranks as [`ranks`], each value among mailings of its size and larger ones: that five
/// recipients are of a kind is chance or courtesy, that twenty are is neither. Where too
/// few mailings are so large, smaller ones stand in.
pub(super) fn ranks_by_size(
    values: &[Option<f64>],
    sizes: &[usize],
    honest: &[f64],
) -> Vec<Option<Rank>> {
    let mut ranked = ranks(values, honest);
    for least in SIZES {
        let large = |at: &usize| sizes.get(*at).is_some_and(|size| *size >= least);
        let within: Vec<usize> = (0..values.len()).filter(large).collect();
        let weights: Vec<f64> = within.iter().filter_map(|&at| honest.get(at).copied()).collect();
        if weights.iter().sum::<f64>() < SIZE_NEEDS {
            // The larger sizes keep the ranks of the last step.
            break;
        }
        let some: Vec<Option<f64>> =
            within.iter().filter_map(|&at| values.get(at).copied()).collect();
        for (&at, rank) in within.iter().zip(ranks(&some, &weights)) {
            if let Some(place) = ranked.get_mut(at) {
                *place = rank;
            }
        }
    }
    ranked
}

/// How much sharper targeted waves crowd the top of a ranking than honest mailings.
const SHARPNESS: f64 = 25.0;

/// Nats of a rank, when a `typical` share of targeted waves crowds the top (density
/// `k (1-q)^(k-1)` over the rank `q`) and the rest stands anywhere; averaged over the
/// block of equal values. Over honest mailings the expected exponential is one, whatever
/// they are like: a fair bet, an e-value (Vovk and Wang, "E-values: calibration,
/// combination and applications", 2021).
pub(super) fn rank_nats(rank: Rank, typical: f64) -> f64 {
    let below = |q: f64| typical * (1.0 - (1.0 - q).powf(SHARPNESS)) + (1.0 - typical) * q;
    ((below(rank.to) - below(rank.from)) / (rank.to - rank.from)).ln()
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
        assert!(ranks[99].is_some_and(|rank| rank.to < 0.02));
        assert!(ranks[0].is_some_and(|rank| rank.to > 0.98));
        assert!(super::ranks(&values, &[0.0; 100]).iter().all(Option::is_none));
    }

    #[test]
    fn equal_values_share_a_block() {
        let values: Vec<Option<f64>> =
            (0..100).map(|n| Some(f64::from(u8::from(n < 50)))).collect();
        let nats: Vec<f64> =
            ranks(&values, &[1.0; 100]).into_iter().map(|r| rank_nats(r.unwrap(), 0.8)).collect();
        assert!((0.3..0.8).contains(&nats[0]), "a top that half of all share tells little");
        assert!(nats[99] < -1.4);
    }

    #[test]
    fn the_e_value_is_a_fair_bet() {
        let rank =
            |n: i32| Rank { from: f64::from(n - 1) / 1e5, to: f64::from(n) / 1e5, null: 1e5 };
        let mean = (1..=100_000).map(|n| rank_nats(rank(n), 0.8).exp()).sum::<f64>() / 1e5;
        assert!((0.99..1.01).contains(&mean), "{mean}");
    }
}
