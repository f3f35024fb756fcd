//! Questions compared once, and weights fitted on some of them.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::{Case, FOLDS, fold, is_training, report_cases, rolling_cases, temporal_cases};
use super::fit::{Choice, Row, conditional_logit, logistic};
use crate::attribution::knowledge::{Knowledge, PartialDate};
use crate::attribution::scoring::view::to_f64;
use crate::attribution::scoring::weights::Weights;
use crate::attribution::scoring::{Asked, Comparison, FAMILIARITY_COUNT, Known, Scorer};

/// The penalty a question of both fits.
const RIDGE: f64 = 0.002;

/// A case compared with what is known where it is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The case.
    pub case: Case,
    /// What was compared.
    pub comparison: Comparison,
    /// Rank of the right set by each simple score.
    pub baselines: BTreeMap<&'static str, usize>,
}

/// All questions of the protocol, and those of earlier years.
#[derive(Clone, Debug)]
pub struct Questions {
    /// Leave one report out.
    pub reports: Vec<Question>,
    /// Known before a year, asked in it, 2016 to 2021.
    pub rolling: Vec<Question>,
    /// Known before 2022, asked from 2022 on.
    pub temporal: Vec<Question>,
}

impl Question {
    /// Compares a case; `plain` is the knowledge that the baselines see.
    #[must_use]
    pub fn new(knowledge: &Knowledge, plain: &Knowledge, known: &Known, case: &Case) -> Self {
        let asked = Asked::new(knowledge, &case.techniques, &case.software);
        Self {
            case: case.clone(),
            comparison: Comparison::new(&Scorer::new(knowledge, known), &asked),
            baselines: baselines(&Scorer::new(plain, known), &asked, case),
        }
    }

    /// Compares several cases at one moment.
    fn all(knowledge: &Knowledge, plain: &Knowledge, before: u16, cases: &[Case]) -> Vec<Self> {
        let known = Known { before: PartialDate::new(before, 1, 1), ..Known::default() };
        let (scorer, peers) = (Scorer::new(knowledge, &known), Scorer::new(plain, &known));
        cases
            .iter()
            .map(|case| {
                let asked = Asked::new(knowledge, &case.techniques, &case.software);
                Self {
                    case: case.clone(),
                    comparison: Comparison::new(&scorer, &asked),
                    baselines: baselines(&peers, &asked, case),
                }
            })
            .collect()
    }

    /// The same with its set taken from the candidates.
    #[must_use]
    pub fn with_its_set_removed(&self) -> Comparison {
        let mut comparison = self.comparison.clone();
        for right in self.case.right.iter().rev() {
            comparison.remove(*right);
        }
        comparison
    }
}

impl Questions {
    /// Asks them all.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        let own = plain(knowledge);
        Self {
            reports: report_cases(knowledge)
                .iter()
                .map(|case| Question::new(knowledge, &own, &without(case), case))
                .collect(),
            rolling: rolling_cases(knowledge)
                .iter()
                .flat_map(|(year, cases)| Question::all(knowledge, &own, *year, cases))
                .collect(),
            temporal: Question::all(knowledge, &own, 2022, &temporal_cases(knowledge)),
        }
    }

    /// Weights fitted on the reports before 2022 of all folds but one; of all folds without.
    #[must_use]
    pub fn weights(&self, left_out: Option<u8>) -> Weights {
        let seen: Vec<&Question> = self
            .reports
            .iter()
            .chain(&self.rolling)
            .filter(|question| is_training(&question.case))
            .filter(|question| left_out.is_none_or(|out| fold(&question.case) != out))
            .collect();
        let choices: Vec<_> = seen
            .iter()
            .filter_map(|question| {
                let right = *question.case.right.first()?;
                Some(Choice { candidates: question.comparison.features.clone(), right })
            })
            .collect();
        let mut weights = Weights {
            sets: conditional_logit(&choices, RIDGE),
            familiarity: [0.0; FAMILIARITY_COUNT],
        };
        let row = |comparison: &Comparison, truth| {
            let shares = comparison.scores(&weights).shares;
            Row { numbers: comparison.familiarity(&shares), truth, weight: 1.0 }
        };
        let rows: Vec<_> = seen
            .iter()
            .flat_map(|question| {
                let removed = question.with_its_set_removed();
                [row(&question.comparison, true), row(&removed, false)]
            })
            .collect();
        weights.familiarity = logistic(&rows, RIDGE);
        weights
    }

    /// Weights for the reports of each fold, fitted without them.
    #[must_use]
    pub fn by_fold(&self) -> Vec<Weights> {
        (0..FOLDS).map(|out| self.weights(Some(out))).collect()
    }
}

/// What is known without a report.
pub(super) fn without(case: &Case) -> Known {
    let exclude_references: BTreeSet<String> = std::iter::once(case.name.clone()).collect();
    Known { exclude_references, ..Known::default() }
}

/// Without campaigns: the baselines see a set's own relations, as the protocol has them.
pub(super) fn plain(knowledge: &Knowledge) -> Knowledge {
    let mut plain = knowledge.clone();
    plain.campaigns.clear();
    plain
}

fn baselines(scorer: &Scorer, asked: &Asked, case: &Case) -> BTreeMap<&'static str, usize> {
    let (view, model) = (&scorer.view, &scorer.model);
    let features = Comparison::new(scorer, asked).features;
    let sets = 0..features.len();
    let common = |set: usize| {
        let row = &view.techniques[set];
        to_f64(asked.techniques.iter().filter(|at| row[**at] > 0.0).count())
    };
    let place = |score: &dyn Fn(usize) -> f64| {
        let scores: Vec<f64> = sets.clone().map(score).collect();
        let best = |set: usize| {
            1 + sets
                .clone()
                .filter(|other| scores[*other].total_cmp(&scores[set]).then(set.cmp(other)).is_gt())
                .count()
        };
        case.right.iter().map(|set| best(*set)).min().unwrap_or(scores.len())
    };
    let asked_for = to_f64(asked.techniques.len());
    BTreeMap::from([
        ("overlap", place(&common)),
        (
            "jaccard",
            place(&|set| common(set) / (asked_for + model.held(set) - common(set)).max(1.0)),
        ),
        ("tfidf", place(&|set| features[set][2])),
        ("naive_bayes", place(&|set| features[set][0])),
        ("bm25_techniques", place(&|set| model.technique_bm25(view, set, &asked.techniques))),
        (
            "bm25",
            place(&|set| model.technique_bm25(view, set, &asked.techniques) + features[set][1]),
        ),
        ("single_reports", place(&|set| features[set][5])),
        ("prevalence", place(&|set| model.held(set))),
    ])
}
