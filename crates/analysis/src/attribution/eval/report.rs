//! The figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cases::{campaign_cases, fold};
use super::fit::{Row, logistic};
use super::flags::{FalseFlags, false_flags};
use super::questions::{Question, Questions, plain};
use crate::attribution::knowledge::Knowledge;
use crate::attribution::scoring::view::to_f64;
use crate::attribution::scoring::weights::{SHIPPED, Weights};
use crate::attribution::scoring::{Comparison, Known, RankOptions, rows, unknown_posterior};

/// Everything measured; the first three as the contract's `eval-attribution` line has them.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Leave one report out, all reports.
    pub leave_one_report_out: Figures,
    /// The same with the shipped weights, which saw the reports before 2022: what
    /// `attribute-profile` answers.
    pub leave_one_report_out_shipped: Figures,
    /// Known before a year, asked in it, 2016 to 2021.
    pub earlier_years: Figures,
    /// Known before 2022, asked from 2022 on.
    pub temporal: Figures,
    /// Attributed campaigns.
    pub campaigns: Figures,
    /// Rows of all held-out rankings, (a) and (b) together.
    pub pooled: Pooled,
    /// Those of (b) alone.
    pub pooled_temporal: Pooled,
    /// Rows of all held-out rankings by what they say.
    pub calibration: Vec<Bin>,
    /// Telling unknown sets, on held-out reports.
    pub unknown: Unknown,
    /// Questions of (a) and (b) by how much of the report was known of its set.
    pub known_part: Vec<KnownPart>,
    /// Hypotheses of reports with a false flag.
    pub false_flags: Vec<FalseFlags>,
}

/// Calibration over all rows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pooled {
    /// Rows.
    pub rows: usize,
    /// 1 minus Brier score over that of the base rate.
    pub brier_skill: f64,
    /// Logistic slope.
    pub slope: f64,
}

/// Questions whose report's techniques were known of its set to some part.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KnownPart {
    /// Lower bound of the part, inclusive.
    pub from: f64,
    /// Questions.
    pub n: usize,
    /// Share that any of the simple scores puts first: what no combination of them passes.
    pub first_by_any: f64,
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

/// Measures the ranking on `knowledge`: reports with weights that their fold was left out
/// of, everything else with the shipped weights, which saw none of it.
#[must_use]
pub fn evaluate(knowledge: &Knowledge) -> Report {
    let questions = Questions::new(knowledge);
    let by_fold = questions.by_fold();
    let options = RankOptions::default();
    let shipped = |question: &Question| answer(knowledge, question, &SHIPPED, &options);
    let held_out: Vec<Answer> = questions
        .reports
        .iter()
        .map(|question| {
            let weights = &by_fold[usize::from(fold(&question.case))];
            answer(knowledge, question, weights, &options)
        })
        .collect();
    let in_sample: Vec<Answer> = questions.reports.iter().map(shipped).collect();
    let rolling: Vec<Answer> = questions
        .rolling
        .iter()
        .map(|question| {
            let weights = &by_fold[usize::from(fold(&question.case))];
            answer(knowledge, question, weights, &options)
        })
        .collect();
    let temporal: Vec<Answer> = questions.temporal.iter().map(shipped).collect();
    let campaigns: Vec<Answer> = campaign_cases(knowledge)
        .iter()
        .map(|(case, rest)| shipped(&Question::new(rest, &plain(rest), &Known::default(), case)))
        .collect();
    let rows = |answers: &[Answer]| -> Vec<(f64, bool)> {
        answers.iter().flat_map(|answer| answer.rows.iter().copied()).collect()
    };
    let both: Vec<(f64, bool)> = [rows(&held_out), rows(&temporal)].concat();
    Report {
        leave_one_report_out: figures(&held_out),
        leave_one_report_out_shipped: figures(&in_sample),
        earlier_years: figures(&rolling),
        temporal: figures(&temporal),
        campaigns: figures(&campaigns),
        pooled: pooled(&both),
        pooled_temporal: pooled(&rows(&temporal)),
        calibration: bins(&both),
        unknown: unknown(&questions.reports, &by_fold),
        known_part: known_part(&questions),
        false_flags: false_flags(knowledge),
    }
}

/// Brier skill against saying the base rate, and the slope of a logistic regression of
/// what is right on the log-odds of what is said: below 1 too sure, above 1 too timid.
fn pooled(rows: &[(f64, bool)]) -> Pooled {
    let truth = |right: bool| f64::from(u8::from(right));
    let count = to_f64(rows.len().max(1));
    let base = rows.iter().map(|(_, right)| truth(*right)).sum::<f64>() / count;
    let of = |said: &dyn Fn(f64) -> f64| {
        rows.iter().map(|(p, right)| (said(*p) - truth(*right)).powi(2)).sum::<f64>() / count
    };
    let fitted = logistic(
        &rows
            .iter()
            .map(|(p, right)| {
                let p = p.clamp(1e-6, 1.0 - 1e-6);
                Row { numbers: [1.0, (p / (1.0 - p)).ln()], truth: *right, weight: 1.0 }
            })
            .collect::<Vec<_>>(),
        0.0,
    );
    Pooled {
        rows: rows.len(),
        brier_skill: 1.0 - of(&|p| p) / of(&|_| base).max(1e-12),
        slope: fitted[1],
    }
}

/// Rank of the right set by how much of a report is known of it beforehand.
fn known_part(questions: &Questions) -> Vec<KnownPart> {
    let both = questions.reports.iter().chain(&questions.temporal);
    let all: Vec<(f64, bool)> = both
        .filter_map(|question| {
            let right = *question.case.right.first()?;
            let covered = question.comparison.covered(right);
            let first = question.baselines.values().any(|rank| *rank == 1);
            Some((covered, first))
        })
        .collect();
    const EDGES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
    EDGES
        .iter()
        .enumerate()
        .map(|(at, from)| {
            let to = EDGES.get(at + 1).copied().unwrap_or(2.0);
            let within: Vec<_> = all.iter().filter(|(c, _)| c >= from && *c < to).collect();
            KnownPart {
                from: *from,
                n: within.len(),
                first_by_any: to_f64(within.iter().filter(|(_, first)| *first).count())
                    / to_f64(within.len().max(1)),
            }
        })
        .collect()
}

fn answer(
    knowledge: &Knowledge,
    question: &Question,
    weights: &Weights,
    options: &RankOptions,
) -> Answer {
    let ranking = rows(knowledge, &question.comparison.scores(weights), Vec::new(), options);
    let right = &question.case.right;
    let is_right = |id: &Option<String>| {
        id.as_ref().and_then(|id| knowledge.set(id)).is_some_and(|set| right.contains(&set))
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
        baselines: question.baselines.clone(),
        rows: ranking.rows.iter().map(|r| (r.probability.get(), is_right(&r.id))).collect(),
    }
}

fn figures(answers: &[Answer]) -> Figures {
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
    let mut widest: Vec<&Answer> = answers.iter().collect();
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

/// Each report twice: with its set, and with it removed from the candidates; at an even
/// prior, with the weights of its fold.
fn unknown(questions: &[Question], by_fold: &[Weights]) -> Unknown {
    let (mut known, mut removed) = (Vec::new(), Vec::new());
    for question in questions {
        let weights = &by_fold[usize::from(fold(&question.case))];
        let even =
            |comparison: &Comparison| unknown_posterior(0.5, comparison.scores(weights).familiar);
        known.push(even(&question.comparison));
        removed.push(even(&question.with_its_set_removed()));
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
