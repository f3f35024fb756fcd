//! Fits the few parameters: Newton's method on two concave likelihoods.

/// One question: the numbers of every candidate, and which is right.
#[derive(Clone, Debug)]
pub struct Choice<const N: usize> {
    /// A row a candidate.
    pub candidates: Vec<[f64; N]>,
    /// Index of the right one.
    pub right: usize,
}

/// Steps after which the fits have long converged.
const STEPS: usize = 60;

/// Weights of a softmax over candidates (conditional logit), with an L2 penalty of
/// `ridge` a question.
#[must_use]
pub fn conditional_logit<const N: usize>(choices: &[Choice<N>], ridge: f64) -> [f64; N] {
    newton(choices.len(), ridge, |weights, gradient, curvature| {
        for choice in choices {
            let scores: Vec<f64> = choice.candidates.iter().map(|x| dot(x, weights)).collect();
            let shares = crate::attribution::scoring::softmax(&scores);
            let mut mean = [0.0; N];
            for (x, share) in choice.candidates.iter().zip(&shares) {
                (0..N).for_each(|i| mean[i] += share * x[i]);
            }
            for i in 0..N {
                gradient[i] += choice.candidates[choice.right][i] - mean[i];
            }
            for (x, share) in choice.candidates.iter().zip(&shares) {
                for i in 0..N {
                    for j in 0..N {
                        curvature[i][j] += share * (x[i] - mean[i]) * (x[j] - mean[j]);
                    }
                }
            }
        }
    })
}

/// One row of a logistic regression.
#[derive(Clone, Copy, Debug)]
pub struct Row<const N: usize> {
    /// Its numbers.
    pub numbers: [f64; N],
    /// What came of it.
    pub truth: bool,
    /// How many such rows it stands for.
    pub weight: f64,
}

/// Weights of a logistic regression.
#[must_use]
pub fn logistic<const N: usize>(rows: &[Row<N>], ridge: f64) -> [f64; N] {
    newton(rows.len(), ridge, |weights, gradient, curvature| {
        for Row { numbers: x, truth, weight } in rows {
            let p = 1.0 / (1.0 + (-dot(x, weights)).exp());
            for i in 0..N {
                gradient[i] += weight * (f64::from(u8::from(*truth)) - p) * x[i];
                for j in 0..N {
                    curvature[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
    })
}

fn dot<const N: usize>(x: &[f64; N], weights: &[f64; N]) -> f64 {
    x.iter().zip(weights).map(|(x, w)| x * w).sum()
}

/// Damped Newton steps up a concave function given by its gradient and curvature.
fn newton<const N: usize>(
    rows: usize,
    ridge: f64,
    add: impl Fn(&[f64; N], &mut [f64; N], &mut [[f64; N]; N]),
) -> [f64; N] {
    let mut weights = [0.0; N];
    let penalty = ridge * crate::attribution::scoring::view::to_f64(rows.max(1));
    for step in 0..STEPS {
        let (mut gradient, mut curvature) = ([0.0; N], [[0.0; N]; N]);
        add(&weights, &mut gradient, &mut curvature);
        for i in 0..N {
            gradient[i] -= penalty * weights[i];
            curvature[i][i] += penalty + 1e-9;
        }
        let damping = if step < 10 { 0.5 } else { 1.0 };
        for (weight, change) in weights.iter_mut().zip(solve(curvature, gradient)) {
            *weight += damping * change;
        }
    }
    weights
}

/// Solves a symmetric positive definite system by elimination with pivots.
fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|x, y| a[*x][column].abs().total_cmp(&a[*y][column].abs()))
            .unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() < 1e-300 {
            continue;
        }
        for row in column + 1..N {
            let factor = a[row][column] / a[column][column];
            let above = a[column];
            a[row].iter_mut().zip(above).skip(column).for_each(|(cell, up)| *cell -= factor * up);
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; N];
    for row in (0..N).rev() {
        let rest: f64 = (row + 1..N).map(|k| a[row][k] * x[k]).sum();
        x[row] = if a[row][row].abs() < 1e-300 { 0.0 } else { (b[row] - rest) / a[row][row] };
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logistic_fit_finds_the_odds() {
        let row = |i: usize| Row { numbers: [1.0], truth: i < 80, weight: 1.0 };
        let rows: Vec<Row<1>> = (0..100).map(row).collect();
        let weights = logistic(&rows, 0.0);
        assert!((weights[0] - 4.0_f64.ln()).abs() < 1e-6, "{weights:?}");
    }

    #[test]
    fn a_conditional_fit_prefers_what_is_right() {
        let candidates = vec![[1.0, 0.3], [0.0, 0.3]]; // the second number tells nothing
        let choices: Vec<Choice<2>> = (0..100)
            .map(|i| Choice { candidates: candidates.clone(), right: usize::from(i >= 75) })
            .collect();
        let weights = conditional_logit(&choices, 0.0);
        assert!((weights[0] - 3.0_f64.ln()).abs() < 1e-6, "{weights:?}");
        assert!(weights[1].abs() < 1e-3, "{weights:?}");
    }
}
