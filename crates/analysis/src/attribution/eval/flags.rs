//! False flags: a report of one set, with what another set is known for planted in it.

use serde::Serialize;

use super::cases::{Case, report_cases};
use super::questions::without;
use crate::attribution::hypothesis::{HypothesisPrior, as_stated};
use crate::attribution::knowledge::Knowledge;
use crate::attribution::scoring::view::to_f64;
use crate::attribution::scoring::{Asked, Scorer};

/// Every so many reports of (a) is asked: each needs one ranking an item.
const EVERY: usize = 4;
/// Techniques that are planted.
const TECHNIQUES: usize = 3;
/// Above this a name is more than "roughly even" (ICD 203: 45 to 55%).
const ROUGHLY_EVEN: f64 = 0.55;

/// What hypotheses say of reports with and without a false flag.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FalseFlags {
    /// Reports.
    pub n: usize,
    /// Pieces of software that are planted, beside three techniques.
    pub software: usize,
    /// Share with the true set among the first two, nothing planted.
    pub true_within_two_unflagged: f64,
    /// The same with the flag.
    pub true_within_two: f64,
    /// Share where the wrong set is above "roughly even".
    pub wrong_above_even: f64,
    /// The most that the planted set is given.
    pub wrong_most: f64,
}

/// Plants one to two pieces of software in every fourth report.
#[must_use]
pub fn false_flags(knowledge: &Knowledge) -> Vec<FalseFlags> {
    let asked: Vec<(Scorer, Asked, usize, usize)> = report_cases(knowledge)
        .iter()
        .step_by(EVERY)
        .filter_map(|case| question(knowledge, case))
        .collect();
    (1..=2).map(|software| measure(&asked, software)).collect()
}

/// A report, its set, and one to blame: the next with rare software and many techniques.
fn question(knowledge: &Knowledge, case: &Case) -> Option<(Scorer, Asked, usize, usize)> {
    let scorer = Scorer::new(knowledge, &without(case));
    let asked = Asked::new(knowledge, &case.techniques, &case.software);
    let right = *case.right.first()?;
    let sets = scorer.view.techniques.len();
    let wrong = (1..sets)
        .map(|step| (right + step * 7) % sets)
        .filter(|set| *set != right)
        .find(|set| rare(&scorer, *set).len() >= 2 && scorer.model.held(*set) >= 15.0)?;
    Some((scorer, asked, right, wrong))
}

/// Software of a set, the rarest first.
fn rare(scorer: &Scorer, set: usize) -> Vec<usize> {
    let row = &scorer.view.software[set];
    let mut used: Vec<usize> = (0..row.len()).filter(|at| row[*at] > 0.0).collect();
    let rarity = |at: &usize| scorer.model.software_idf(*at);
    used.sort_by(|a, b| rarity(b).total_cmp(&rarity(a)).then(a.cmp(b)));
    used
}

fn measure(questions: &[(Scorer, Asked, usize, usize)], software: usize) -> FalseFlags {
    let prior = HypothesisPrior::default().unknown;
    let mut found = FalseFlags { n: questions.len(), software, ..FalseFlags::default() };
    let (mut plain, mut flagged, mut above) = (0_usize, 0_usize, 0_usize);
    for (scorer, asked, right, wrong) in questions {
        let rank = |sets: &[f64]| sets.iter().filter(|p| **p > sets[*right]).count() + 1;
        plain += usize::from(rank(&as_stated(scorer, asked, prior)) <= 2);
        let mut planted = asked.clone();
        let row = &scorer.view.techniques[*wrong];
        let mut theirs: Vec<usize> = (0..row.len()).filter(|at| row[*at] > 0.0).collect();
        let idf = |at: &usize| scorer.model.technique_idf(*at);
        theirs.sort_by(|a, b| idf(b).total_cmp(&idf(a)).then(a.cmp(b)));
        planted.techniques.extend(theirs.into_iter().take(TECHNIQUES));
        planted.software.extend(rare(scorer, *wrong).into_iter().take(software));
        for list in [&mut planted.techniques, &mut planted.software] {
            list.sort_unstable();
            list.dedup();
        }
        let sets = as_stated(scorer, &planted, prior);
        flagged += usize::from(rank(&sets) <= 2);
        above += usize::from(sets[*wrong] > ROUGHLY_EVEN);
        found.wrong_most = found.wrong_most.max(sets[*wrong]);
    }
    let share = |count: usize| to_f64(count) / to_f64(questions.len().max(1));
    found.true_within_two_unflagged = share(plain);
    found.true_within_two = share(flagged);
    found.wrong_above_even = share(above);
    found
}
