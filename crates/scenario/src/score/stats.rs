//! Intervals and agreement: Wilson's score interval, Byar's interval for
//! counts, the adjusted Rand index (Hubert and Arabie 1985).

use std::collections::BTreeMap;

use crate::dice::Dice;

const Z: f64 = 1.959_964;

/// Wilson's 95% interval of a share `k` of `n`; 0 to 1 where `n` is 0.
#[must_use]
pub fn wilson(k: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = k / n;
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Byar's approximate 95% interval of a Poisson count.
#[must_use]
pub fn poisson(k: f64) -> (f64, f64) {
    let low = if k <= 0.0 {
        0.0
    } else {
        k * (1.0 - 1.0 / (9.0 * k) - Z / (3.0 * k.sqrt())).max(0.0).powi(3)
    };
    let up = k + 1.0;
    (low, up * (1.0 - 1.0 / (9.0 * up) + Z / (3.0 * up.sqrt())).powi(3))
}

/// Adjusted Rand index of two labellings; none where there is nothing to
/// compare, 1 where both agree without any choice.
#[must_use]
pub fn adjusted_rand(labels: &[(String, String)]) -> Option<f64> {
    if labels.is_empty() {
        return None;
    }
    let mut cells: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let mut rows: BTreeMap<&str, f64> = BTreeMap::new();
    let mut columns: BTreeMap<&str, f64> = BTreeMap::new();
    for (truth, found) in labels {
        *cells.entry((truth, found)).or_default() += 1.0;
        *rows.entry(truth).or_default() += 1.0;
        *columns.entry(found).or_default() += 1.0;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let together: f64 = cells.values().map(|&n| pairs(n)).sum();
    let a: f64 = rows.values().map(|&n| pairs(n)).sum();
    let b: f64 = columns.values().map(|&n| pairs(n)).sum();
    let all = pairs(labels.len() as f64);
    let expected = if all > 0.0 { a * b / all } else { 0.0 };
    let most = f64::midpoint(a, b);
    if (most - expected).abs() < 1e-12 {
        return Some(if (together - most).abs() < 1e-12 { 1.0 } else { 0.0 });
    }
    Some((together - expected) / (most - expected))
}

/// Mean and its 95% interval over worlds (normal approximation).
#[must_use]
pub fn mean(values: &[f64]) -> Option<(f64, f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() == 1 {
        return Some((mean, mean, mean));
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = Z * (variance / n).sqrt();
    Some((mean, mean - half, mean + half))
}

/// The middle value; the mean of the two middle ones of an even number.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The `q` quantile with linear interpolation (type 7 of Hyndman and Fan).
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = q * last as f64;
    let low = sorted[at.floor() as usize];
    let high = sorted[at.ceil() as usize];
    Some(low + (high - low) * at.fract())
}

/// A figure with its 95% percentile interval over resampled units: `n` units
/// are drawn with replacement `rounds` times (B. Efron, R. Tibshirani, "An
/// Introduction to the Bootstrap", chapter 13). The draws are the same at
/// each call, so the same figures come out.
pub fn bootstrap(
    n: usize,
    rounds: usize,
    figure: impl Fn(&[usize]) -> Option<f64>,
) -> Option<(f64, f64, f64)> {
    let all: Vec<usize> = (0..n).collect();
    let value = figure(&all)?;
    let mut dice = Dice::new(0, "bootstrap");
    let mut seen = vec![];
    for _ in 0..rounds {
        let drawn: Vec<usize> = (0..n).map(|_| dice.below(n)).collect();
        seen.extend(figure(&drawn));
    }
    let low = quantile(&seen, 0.025).unwrap_or(value);
    let high = quantile(&seen, 0.975).unwrap_or(value);
    Some((value, low, high))
}

/// Brier skill against always saying the share that is true: `1 - Brier /
/// Brier of the share`. None where all or none are true.
#[must_use]
pub fn brier_skill(said: &[(f64, bool)]) -> Option<f64> {
    let n = said.len() as f64;
    let share = said.iter().filter(|s| s.1).count() as f64 / n;
    let base = share * (1.0 - share);
    if said.is_empty() || base <= 0.0 {
        return None;
    }
    let brier = said.iter().map(|(p, y)| (p - f64::from(u8::from(*y))).powi(2)).sum::<f64>() / n;
    Some(1.0 - brier / base)
}

/// Slope of the logistic regression of the truth on the log odds that were
/// said (D. R. Cox 1958): 1 where probabilities promise neither too much
/// (below 1) nor too little. Probabilities are held within 1e-6 of 0 and 1.
#[must_use]
pub fn calibration_slope(said: &[(f64, bool)]) -> Option<f64> {
    if said.iter().all(|s| s.1) || !said.iter().any(|s| s.1) {
        return None;
    }
    let points: Vec<(f64, f64)> = said
        .iter()
        .map(|(p, y)| {
            let p = p.clamp(1e-6, 1.0 - 1e-6);
            ((p / (1.0 - p)).ln(), f64::from(u8::from(*y)))
        })
        .collect();
    // Newton's steps, halved where they would lower the likelihood; a small
    // ridge keeps a slope finite where the truth is separated.
    let ridge = 1e-3;
    let likelihood = |a: f64, b: f64| -> f64 {
        let each = points.iter().map(|(x, y)| {
            let z = a + b * x;
            y * z - if z > 30.0 { z } else { z.exp().ln_1p() }
        });
        each.sum::<f64>() - ridge * b * b / 2.0
    };
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..60 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, -ridge * b, 1e-9, 0.0, ridge);
        for (x, y) in &points {
            let p = 1.0 / (1.0 + (-(a + b * x)).exp());
            let w = p * (1.0 - p);
            ga += y - p;
            gb += (y - p) * x;
            haa += w;
            hab += w * x;
            hbb += w * x * x;
        }
        let det = haa * hbb - hab * hab;
        if det.abs() < 1e-12 {
            return None;
        }
        let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
        let before = likelihood(a, b);
        let mut step = 1.0;
        while step > 1e-6 && likelihood(a + step * da, b + step * db) < before {
            step /= 2.0;
        }
        a += step * da;
        b += step * db;
        if (step * da).abs() + (step * db).abs() < 1e-9 {
            break;
        }
    }
    Some(b)
}

/// One-to-one pairs by descending value: `(value, left, right)`.
#[must_use]
pub fn one_to_one(mut pairs: Vec<(f64, usize, usize)>) -> Vec<(usize, usize)> {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut left = std::collections::BTreeSet::new();
    let mut right = std::collections::BTreeSet::new();
    let mut out = vec![];
    for (_, l, r) in pairs {
        if !left.contains(&l) && !right.contains(&r) {
            left.insert(l);
            right.insert(r);
            out.push((l, r));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn rand_index_of_known_cases() {
        assert_eq!(
            adjusted_rand(&labels(&[("a", "x"), ("a", "x"), ("b", "y"), ("b", "y")])),
            Some(1.0)
        );
        assert_eq!(
            adjusted_rand(&labels(&[("a", "x"), ("a", "x"), ("b", "x"), ("b", "x")])),
            Some(0.0)
        );
        // scikit-learn, adjusted_rand_score([0,0,1,2], [0,0,1,1]).
        let value =
            adjusted_rand(&labels(&[("0", "0"), ("0", "0"), ("1", "1"), ("2", "1")])).unwrap();
        assert!((value - 0.571_428).abs() < 1e-5, "{value}");
        assert_eq!(adjusted_rand(&[]), None);
    }

    #[test]
    fn intervals_of_known_cases() {
        let (lo, hi) = wilson(8.0, 10.0);
        assert!((lo - 0.4902).abs() < 1e-3 && (hi - 0.9433).abs() < 1e-3);
        let (lo, hi) = poisson(10.0);
        assert!((lo - 4.79).abs() < 0.05 && (hi - 18.39).abs() < 0.05);
    }

    #[test]
    fn middles_and_quantiles() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        // numpy.quantile([1, 2, 3, 4, 10], 0.9)
        assert!((quantile(&[10.0, 1.0, 2.0, 3.0, 4.0], 0.9).unwrap() - 7.6).abs() < 1e-9);
    }

    #[test]
    fn a_bootstrap_holds_the_figure_and_is_the_same_twice() {
        let values = [0.2, 0.4, 0.4, 0.9, 0.7, 0.5];
        let figure = |at: &[usize]| median(&at.iter().map(|&i| values[i]).collect::<Vec<_>>());
        let (value, low, high) = bootstrap(values.len(), 500, figure).unwrap();
        assert_eq!(value, 0.45);
        assert!((0.2..=0.45).contains(&low) && (0.45..=0.9).contains(&high), "{low} {high}");
        assert_eq!(bootstrap(values.len(), 500, figure), Some((value, low, high)));
        assert_eq!(bootstrap(0, 10, figure), None);
    }

    #[test]
    fn skill_and_slope_of_known_cases() {
        let said = [(0.9, true), (0.8, true), (0.3, false), (0.1, false)];
        // Brier 0.0375 against 0.25.
        assert!((brier_skill(&said).unwrap() - 0.85).abs() < 1e-9);
        assert_eq!(brier_skill(&[(0.5, true)]), None);
        // Of each probability said, just that share is true: slope 1.
        let mut honest = vec![];
        let mut loud = vec![];
        for tenth in 1..10 {
            let p = f64::from(tenth) / 10.0;
            let odds: f64 = p / (1.0 - p);
            let louder = odds.powi(2) / (1.0 + odds.powi(2));
            for n in 0..10 {
                honest.push((p, n < tenth));
                loud.push((louder, n < tenth));
            }
        }
        assert!((calibration_slope(&honest).unwrap() - 1.0).abs() < 1e-3);
        // Log odds twice as large as they ought to be: slope one half.
        assert!((calibration_slope(&loud).unwrap() - 0.5).abs() < 1e-3);
        assert_eq!(calibration_slope(&[(0.2, false)]), None);
    }

    #[test]
    fn matching_is_one_to_one() {
        let pairs = one_to_one(vec![(0.9, 0, 0), (0.8, 0, 1), (0.7, 1, 0), (0.6, 1, 1)]);
        assert_eq!(pairs, vec![(0, 0), (1, 1)]);
    }
}
