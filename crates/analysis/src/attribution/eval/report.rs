//! The figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cases::{Case, campaign_cases, is_training, report_cases, temporal_cases};
use crate::attribution::knowledge::{Knowledge, PartialDate};
use crate::attribution::scoring::view::to_f64;
use crate::attribution::scoring::{
    Asked, Known, RankOptions, Scorer, familiarity, log_scores, rank_with, softmax, weights,
};

/// Everything measured; the first three as the contract's `eval-attribution` line has them.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Leave one report out, all reports.
    pub leave_one_report_out: Figures,
    /// The part of them the fit never saw.
    pub leave_one_report_out_held_out: Figures,
    /// Known before 2022, asked from 2022 on.
    pub temporal: Figures,
    /// Attributed campaigns.
    pub campaigns: Figures,
    /// Rows of all held-out rankings (reports not trained on, and temporal), by what they
    /// say.
    pub calibration: Vec<Bin>,
    /// Telling unknown sets, on held-out reports.
    pub unknown: Unknown,
}

/// Rank figures over questions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Questions.
    pub n: usize,
    /// Share with the right set first.
    pub top1: f64,
    /// Share with the right set among the first five.
    pub top5: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// Share with the right set first and above `unknown`.
    pub top1_above_unknown: f64,
    /// Share right among the half answered with the widest margin.
    pub top1_widest_half: f64,
    /// Gain in MRR over BM25: mean, and bounds of the paired 95% bootstrap interval.
    pub mrr_gain_over_bm25: [f64; 3],
    /// What simple scores reach.
    pub baselines: BTreeMap<&'static str, Baseline>,
}

/// The same figures for a simple score.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Baseline {
    /// Share with the right set first.
    pub top1: f64,
    /// Share with the right set among the first five.
    pub top5: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
}

/// Rows that say a probability in a range, and how many were right.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bin {
    /// Lower bound, inclusive.
    pub from: f64,
    /// Rows.
    pub rows: usize,
    /// Their mean probability.
    pub said: f64,
    /// Share that was right.
    pub right: f64,
}

/// How well a set that is not known is told, at an even prior.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Unknown {
    /// Questions, each asked with its set known and with it removed.
    pub n: usize,
    /// Area under the ROC curve of the probability of `unknown`.
    pub auroc: f64,
    /// Mean probability of `unknown` where the set is known.
    pub mean_if_known: f64,
    /// And where it was removed.
    pub mean_if_removed: f64,
}

/// One answered question.
struct Answer {
    rank: usize,
    above_unknown: bool,
    margin: f64,
    baselines: BTreeMap<&'static str, usize>,
    /// Probability said and whether right, a row a set.
    rows: Vec<(f64, bool)>,
}

/// Measures the shipped weights on `knowledge`.
#[must_use]
pub fn evaluate(knowledge: &Knowledge) -> Report {
    let reports = report_cases(knowledge);
    let own = plain(knowledge);
    let answered: Vec<(bool, Answer)> = reports
        .iter()
        .map(|case| (is_training(case), answer(knowledge, &own, &without(case), case)))
        .collect();
    let held_out: Vec<&Answer> =
        answered.iter().filter(|(training, _)| !training).map(|(_, answer)| answer).collect();
    let early = Known { before: PartialDate::new(2022, 1, 1), ..Known::default() };
    let temporal: Vec<Answer> = temporal_cases(knowledge)
        .iter()
        .map(|case| answer(knowledge, &own, &early, case))
        .collect();
    let campaigns: Vec<Answer> = campaign_cases(knowledge)
        .iter()
        .map(|(case, rest)| answer(rest, &plain(rest), &Known::default(), case))
        .collect();
    let rows: Vec<(f64, bool)> = held_out
        .iter()
        .copied()
        .chain(&temporal)
        .flat_map(|answer| answer.rows.iter().copied())
        .collect();
    Report {
        leave_one_report_out: figures(&answered.iter().map(|(_, a)| a).collect::<Vec<_>>()),
        leave_one_report_out_held_out: figures(&held_out),
        temporal: figures(&temporal.iter().collect::<Vec<_>>()),
        campaigns: figures(&campaigns.iter().collect::<Vec<_>>()),
        calibration: bins(&rows),
        unknown: unknown(knowledge, &reports),
    }
}

/// What is known without a report.
pub(super) fn without(case: &Case) -> Known {
    let exclude_references = std::iter::once(case.name.clone()).collect();
    Known { exclude_references, ..Known::default() }
}

/// Without campaigns: the baselines see a set's own relations, as the protocol has them.
fn plain(knowledge: &Knowledge) -> Knowledge {
    let mut plain = knowledge.clone();
    plain.campaigns.clear();
    plain
}

fn answer(knowledge: &Knowledge, plain: &Knowledge, known: &Known, case: &Case) -> Answer {
    let scorer = Scorer::new(knowledge, known);
    let asked = Asked::new(knowledge, &case.techniques, &case.software);
    let ranking = rank_with(knowledge, &scorer, &asked, &RankOptions::default());
    let is_right = |id: &Option<String>| {
        id.as_ref().and_then(|id| knowledge.set(id)).is_some_and(|set| case.right.contains(&set))
    };
    let named: Vec<_> = ranking.rows.iter().filter(|row| row.id.is_some()).collect();
    let place = named.iter().position(|row| is_right(&row.id)).unwrap_or(named.len());
    let unknown =
        ranking.rows.iter().find(|row| row.id.is_none()).map_or(0.0, |r| r.probability.get());
    let said = |at: usize| named.get(at).map_or(0.0, |row| row.probability.get());
    Answer {
        rank: place + 1,
        above_unknown: place == 0 && said(0) > unknown,
        margin: said(0) - said(1),
        baselines: baselines(&Scorer::new(plain, known), &asked, case),
        rows: ranking.rows.iter().map(|r| (r.probability.get(), is_right(&r.id))).collect(),
    }
}

fn baselines(scorer: &Scorer, asked: &Asked, case: &Case) -> BTreeMap<&'static str, usize> {
    let (view, model) = (&scorer.view, &scorer.model);
    let features = scorer.features(asked);
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
        ("prevalence", place(&|set| model.held(set))),
    ])
}

fn figures(answers: &[&Answer]) -> Figures {
    let count = to_f64(answers.len().max(1));
    let summary = |ranks: &[usize]| Baseline {
        top1: to_f64(ranks.iter().filter(|rank| **rank == 1).count()) / count,
        top5: to_f64(ranks.iter().filter(|rank| **rank <= 5).count()) / count,
        mrr: ranks.iter().map(|rank| 1.0 / to_f64(*rank)).sum::<f64>() / count,
    };
    let ours = summary(&answers.iter().map(|answer| answer.rank).collect::<Vec<_>>());
    let names: Vec<&'static str> =
        answers.first().map(|a| a.baselines.keys().copied().collect()).unwrap_or_default();
    let ranks_of = |name: &str| -> Vec<usize> {
        answers
            .iter()
            .map(|answer| answer.baselines.get(name).copied().unwrap_or(usize::MAX))
            .collect()
    };
    let mut widest: Vec<&&Answer> = answers.iter().collect();
    widest.sort_by(|a, b| b.margin.total_cmp(&a.margin));
    widest.truncate(answers.len().div_ceil(2));
    let gains: Vec<f64> = answers
        .iter()
        .zip(ranks_of("bm25"))
        .map(|(answer, peer)| 1.0 / to_f64(answer.rank) - 1.0 / to_f64(peer))
        .collect();
    Figures {
        n: answers.len(),
        top1: ours.top1,
        top5: ours.top5,
        mrr: ours.mrr,
        top1_above_unknown: to_f64(answers.iter().filter(|a| a.above_unknown).count()) / count,
        top1_widest_half: to_f64(widest.iter().filter(|a| a.rank == 1).count())
            / to_f64(widest.len().max(1)),
        mrr_gain_over_bm25: bootstrap(&gains),
        baselines: names.into_iter().map(|name| (name, summary(&ranks_of(name)))).collect(),
    }
}

/// Mean with the 2.5% and 97.5% bounds of 2,000 resamples; the draws are the same every
/// time (SplitMix64 from a fixed start).
fn bootstrap(values: &[f64]) -> [f64; 3] {
    if values.is_empty() {
        return [0.0; 3];
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The remainder is below the length, so it fits.
        usize::try_from(z % values.len() as u64).unwrap_or(0)
    };
    let mean = |sum: f64| sum / to_f64(values.len());
    let mut means: Vec<f64> =
        (0..2_000).map(|_| mean((0..values.len()).map(|_| values[draw()]).sum())).collect();
    means.sort_by(f64::total_cmp);
    [mean(values.iter().sum()), means[50], means[1_949]]
}

fn bins(rows: &[(f64, bool)]) -> Vec<Bin> {
    const EDGES: [f64; 11] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95];
    EDGES
        .iter()
        .enumerate()
        .map(|(at, from)| {
            let to = EDGES.get(at + 1).copied().unwrap_or(2.0);
            let within: Vec<_> = rows.iter().filter(|(p, _)| p >= from && *p < to).collect();
            let count = to_f64(within.len().max(1));
            Bin {
                from: *from,
                rows: within.len(),
                said: within.iter().map(|(p, _)| p).sum::<f64>() / count,
                right: to_f64(within.iter().filter(|(_, right)| *right).count()) / count,
            }
        })
        .collect()
}

/// Each held-out report twice: with its set, and with it removed from the candidates.
fn unknown(knowledge: &Knowledge, reports: &[Case]) -> Unknown {
    let (mut known, mut removed) = (Vec::new(), Vec::new());
    for case in reports.iter().filter(|case| !is_training(case)) {
        let asked = Asked::new(knowledge, &case.techniques, &case.software);
        let scorer = Scorer::new(knowledge, &without(case));
        let mut features = scorer.features(&asked);
        let even = |features: &[_]| {
            let shares = softmax(&log_scores(features, &weights::WEIGHTS));
            let numbers = familiarity(features, &shares, &asked);
            let familiar: f64 = numbers.iter().zip(&weights::FAMILIARITY).map(|(x, w)| x * w).sum();
            1.0 / (1.0 + familiar.exp())
        };
        known.push(even(&features));
        for right in case.right.iter().rev() {
            features.remove(*right);
        }
        removed.push(even(&features));
    }
    let mut wins = 0.0;
    for low in &known {
        wins += removed
            .iter()
            .map(|high| {
                f64::from(u8::from(high > low))
                    + 0.5 * f64::from(u8::from(high.total_cmp(low).is_eq()))
            })
            .sum::<f64>();
    }
    let count = to_f64(known.len().max(1));
    Unknown {
        n: known.len(),
        auroc: wins / (count * count),
        mean_if_known: known.iter().sum::<f64>() / count,
        mean_if_removed: removed.iter().sum::<f64>() / count,
    }
}
