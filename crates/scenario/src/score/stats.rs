//! Intervals and agreement: Wilson's score interval, Byar's interval for
//! counts, the adjusted Rand index (Hubert and Arabie 1985).

use std::collections::BTreeMap;

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
    fn matching_is_one_to_one() {
        let pairs = one_to_one(vec![(0.9, 0, 0), (0.8, 0, 1), (0.7, 1, 0), (0.6, 1, 1)]);
        assert_eq!(pairs, vec![(0, 0), (1, 1)]);
    }
}
