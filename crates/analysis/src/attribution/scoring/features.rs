//! What a profile and an intrusion set have in common, as a few numbers.
//!
//! The numbers are of the kinds that text retrieval and naive Bayes use (Robertson and
//! Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, 2009), because
//! a technique list is a short document: rare words tell, common ones do not, and long
//! documents match everything by chance.

use super::view::{View, to_f64};

/// How many numbers describe a pair.
pub const COUNT: usize = 6;
/// A pair's numbers, in the order of [`NAMES`].
pub type Features = [f64; COUNT];
/// What the numbers are.
pub const NAMES: [&str; COUNT] = [
    "technique log-likelihood ratio",
    "software BM25",
    "technique TF-IDF cosine",
    "log reports",
    "log techniques",
    "similarity to single reports",
];

/// How sharply the report that is most alike stands out from a set's others.
const SHARPNESS: f64 = 10.0;

/// Pseudo-counts of the background in a set's technique distribution.
const BACKGROUND: f64 = 20.0;
/// Pseudo-counts of what the set's software implements.
const IMPLEMENTED: f64 = 5.0;
/// BM25's usual saturation, and a length normalisation weaker than the usual 0.75: a long
/// technique list is mostly a well studied actor, not a wordy text.
const K1: f64 = 1.2;
const B: f64 = 0.3;

/// What is computed once per [`View`].
#[derive(Clone, Debug)]
pub struct Model {
    technique_idf: Vec<f64>,
    software_idf: Vec<f64>,
    /// `[set][technique]`: ln of the set's smoothed share over the background's.
    ratio: Vec<Vec<f64>>,
    /// Length of the set's TF-IDF vector.
    norm: Vec<f64>,
    /// `[set][report]`: the same of each single report.
    report_norms: Vec<Vec<f64>>,
    techniques: Vec<f64>,
    software: Vec<f64>,
}

impl Model {
    /// Statistics of a view.
    #[must_use]
    pub fn new(view: &View) -> Self {
        let width = view.techniques.first().map_or(0, Vec::len);
        let technique_idf = idf(&view.techniques, width);
        let mut background = vec![0.5; width];
        for row in &view.techniques {
            row.iter().zip(&mut background).for_each(|(count, sum)| *sum += count);
        }
        let total: f64 = background.iter().sum();
        background.iter_mut().for_each(|sum| *sum /= total);
        let ratio = view
            .techniques
            .iter()
            .zip(&view.software)
            .map(|(row, software)| smoothed(row, software, view, &background))
            .collect();
        let norm = view
            .techniques
            .iter()
            .map(|row| {
                let squares = row.iter().zip(&technique_idf).filter(|(count, _)| **count > 0.0);
                squares.map(|(_, idf)| idf * idf).sum::<f64>().sqrt()
            })
            .collect();
        let length = |techniques: &Vec<usize>| {
            techniques.iter().map(|at| technique_idf[*at].powi(2)).sum::<f64>().sqrt()
        };
        let report_norms =
            view.by_report.iter().map(|reports| reports.iter().map(length).collect()).collect();
        Self {
            report_norms,
            software_idf: idf(&view.software, view.implemented.len()),
            techniques: view.techniques.iter().map(|row| held(row)).collect(),
            software: view.software.iter().map(|row| held(row)).collect(),
            technique_idf,
            ratio,
            norm,
        }
    }

    /// Inverse document frequency of a technique among the sets.
    #[must_use]
    pub fn technique_idf(&self, technique: usize) -> f64 {
        self.technique_idf[technique]
    }

    /// Inverse document frequency of a piece of software among the sets.
    #[must_use]
    pub fn software_idf(&self, software: usize) -> f64 {
        self.software_idf[software]
    }

    /// The numbers of `set` for a profile of distinct technique and software indexes, sorted.
    #[must_use]
    pub fn features(
        &self,
        view: &View,
        set: usize,
        techniques: &[usize],
        software: &[usize],
    ) -> Features {
        let row = &view.techniques[set];
        let (mut ratio, mut common, mut asked) = (0.0, 0.0, 0.0);
        for &technique in techniques {
            let idf = self.technique_idf[technique];
            ratio += self.ratio[set][technique];
            asked += idf * idf;
            if row[technique] > 0.0 {
                common += idf * idf;
            }
        }
        let cosine = common / (self.norm[set] * asked.sqrt()).max(1e-9);
        [
            ratio,
            self.software_bm25(view, set, software),
            10.0 * cosine,
            view.reports[set].ln_1p(),
            self.techniques[set].ln_1p(),
            self.report_similarity(view, set, techniques, asked.sqrt()),
        ]
    }

    /// Soft maximum of the TF-IDF cosines with a set's single reports: ln of the mean of
    /// e^(10 x cosine). A set that has worked in several ways is told by the one way that
    /// is asked about, and many reports of other work do not drown it.
    fn report_similarity(
        &self,
        view: &View,
        set: usize,
        techniques: &[usize],
        asked_norm: f64,
    ) -> f64 {
        let reports = &view.by_report[set];
        if reports.is_empty() {
            return 0.0;
        }
        let sum: f64 = reports
            .iter()
            .zip(&self.report_norms[set])
            .map(|(report, norm)| {
                let common: f64 = report
                    .iter()
                    .filter(|at| techniques.binary_search(at).is_ok())
                    .map(|at| self.technique_idf[*at].powi(2))
                    .sum();
                (SHARPNESS * common / (norm * asked_norm).max(1e-9)).exp()
            })
            .sum();
        (sum / to_f64(reports.len())).ln()
    }

    /// BM25 of the software alone.
    #[must_use]
    pub fn software_bm25(&self, view: &View, set: usize, software: &[usize]) -> f64 {
        bm25(&view.software[set], &self.software_idf, &self.software, set, software)
    }

    /// BM25 of the techniques alone.
    #[must_use]
    pub fn technique_bm25(&self, view: &View, set: usize, techniques: &[usize]) -> f64 {
        bm25(&view.techniques[set], &self.technique_idf, &self.techniques, set, techniques)
    }

    /// How many techniques are known of a set.
    #[must_use]
    pub fn held(&self, set: usize) -> f64 {
        self.techniques[set]
    }
}

fn held(row: &[f64]) -> f64 {
    to_f64(row.iter().filter(|count| **count > 0.0).count())
}

fn idf(rows: &[Vec<f64>], width: usize) -> Vec<f64> {
    let documents = to_f64(rows.len());
    (0..width)
        .map(|at| {
            let with = to_f64(rows.iter().filter(|row| row[at] > 0.0).count());
            (1.0 + (documents - with + 0.5) / (with + 0.5)).ln()
        })
        .collect()
}

fn bm25(row: &[f64], idf: &[f64], lengths: &[f64], set: usize, asked: &[usize]) -> f64 {
    let mean = (lengths.iter().sum::<f64>() / to_f64(lengths.len().max(1))).max(1e-9);
    let norm = K1 * (1.0 - B + B * lengths[set] / mean);
    let matched: f64 = asked.iter().filter(|at| row[**at] > 0.0).map(|at| idf[*at]).sum();
    matched * (K1 + 1.0) / (1.0 + norm)
}

/// ln(share in the set / share in the background), smoothed with the background and with
/// what the set's software implements. A relation with more reports counts more, but less
/// than in proportion: reports copy each other.
fn smoothed(row: &[f64], software: &[f64], view: &View, background: &[f64]) -> Vec<f64> {
    let mut implied = vec![0.0; row.len()];
    for (at, _) in software.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        for (technique, count) in view.implemented[at].iter().enumerate() {
            implied[technique] += f64::from(u8::from(*count > 0.0));
        }
    }
    let implied_total: f64 = implied.iter().sum();
    let counts: Vec<f64> = row.iter().map(|count| count.ln_1p() / std::f64::consts::LN_2).collect();
    let share = if implied_total > 0.0 { IMPLEMENTED } else { 0.0 };
    let total = counts.iter().sum::<f64>() + BACKGROUND + share;
    (0..row.len())
        .map(|at| {
            let through = if implied_total > 0.0 { implied[at] / implied_total } else { 0.0 };
            let mass = counts[at] + BACKGROUND * background[at] + share * through;
            (mass / total / background[at]).ln()
        })
        .collect()
}
