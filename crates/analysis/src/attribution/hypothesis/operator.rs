//! The operator tier: the first ten intrusion sets, and `unknown` with all the rest.

use std::collections::BTreeSet;

use demarche_core::{Hypothesis, MicroNats, Probability, Support};

use super::evidence::{Item, Kind, asked, classes, items};
use super::{
    Draft, HypothesisPrior, LISTED, MAX_SINGLE_CLASS, MAX_THICK_MARGIN, between, file, log_odds,
};
use crate::attribution::knowledge::{Knowledge, Relation};
use crate::attribution::scoring::view::to_f64;
use crate::attribution::scoring::{Asked, Known, Scorer, UNKNOWN, unknown_posterior};

/// The margin that counts as really thick: share among the known sets, and nats for
/// "a known set at all".
const THICK_SHARE: f64 = 0.9;
const THICK_FAMILIAR: f64 = 3.0;
/// The share among the named sets that the rest must still give.
const STILL_POINTS: f64 = 0.5;
/// The fewest techniques that a false flag is thought to plant.
const FEWEST_PLANTED: usize = 3;
/// The most that everything expected but not seen weighs against a set, in nats.
const MOST_UNSEEN: f64 = 1.0;

/// Posterior of every set and of `unknown`.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    /// Of each set.
    pub(super) sets: Vec<f64>,
    /// Before anything was seen.
    pub(super) priors: Vec<f64>,
    /// Of `unknown`.
    pub(super) unknown: f64,
    /// Nats for a known set.
    familiar: f64,
    /// The factor by which the named sets were held back; 1 when they were not.
    held: f64,
}

/// Weighs a question; `unseen` holds nats against each set.
pub(super) fn weigh(scorer: &Scorer, asked: &Asked, unseen: &[f64], prior: Probability) -> Weighed {
    let scores = scorer.score(asked);
    let mut shares = scores.shares;
    shares.iter_mut().zip(unseen).for_each(|(share, nats)| *share *= nats.exp());
    let sum: f64 = shares.iter().sum();
    let unknown = unknown_posterior(prior.get(), scores.familiar);
    let mut sets: Vec<f64> = shares.iter().map(|share| (1.0 - unknown) * share / sum).collect();
    let held = hold_back(&sets, classes(scorer, asked), scores.familiar);
    sets.iter_mut().for_each(|p| *p *= held);
    Weighed {
        unknown: 1.0 - sets.iter().sum::<f64>(),
        priors: scores.priors.iter().map(|share| (1.0 - prior.get()) * share).collect(),
        sets,
        familiar: scores.familiar,
        held,
    }
}

/// The factor on the named sets that keeps one class of evidence from attributing alone
/// (invariant 10).
fn hold_back(sets: &[f64], classes: usize, familiar: f64) -> f64 {
    let top = sets.iter().copied().fold(0.0, f64::max);
    let total: f64 = sets.iter().sum();
    if classes > 1 || top <= 0.0 {
        return 1.0;
    }
    if top / total >= THICK_SHARE && familiar >= THICK_FAMILIAR {
        return (MAX_THICK_MARGIN / top).min(1.0);
    }
    // `unknown`, which gets what is taken, must not fall behind the first named set.
    (MAX_SINGLE_CLASS / top).min(0.999 / (total + top)).min(1.0)
}

/// Keeps the likeliest set at "roughly even" where one forged item would make it another, or
/// where what a false flag would plant carries it: without all software and without the
/// third of the techniques (at least three) that speak most for it, the rest must still
/// point to it with at least half of what the named sets have.
fn hold_back_doubted(all: &mut Weighed, scorer: &Scorer, asked: &Asked, fragile: bool) {
    let Some(best) = likeliest(all).filter(|best| all.sets[*best] > MAX_THICK_MARGIN) else {
        return;
    };
    let speaks = |at: usize| scorer.model.features(&scorer.view, best, &[at], &[])[0];
    let mut rest: Vec<(f64, usize)> =
        asked.techniques.iter().map(|at| (speaks(*at), *at)).collect();
    rest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let planted = (rest.len() / 3).max(FEWEST_PLANTED).min(rest.len());
    let mut techniques: Vec<usize> =
        rest.split_off(planted).into_iter().map(|(_, at)| at).collect();
    techniques.sort_unstable();
    let doubted = techniques.is_empty() || {
        let less = Asked { techniques, ..Asked::default() };
        let left = weigh(scorer, &less, &[], Probability::new(0.5));
        let share = left.sets[best] / left.sets.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        share < STILL_POINTS
    };
    if fragile || doubted {
        let factor = MAX_THICK_MARGIN / all.sets[best];
        all.sets.iter_mut().for_each(|p| *p *= factor);
        all.held *= factor;
        all.unknown = 1.0 - all.sets.iter().sum::<f64>();
    }
}

/// The likeliest set, whatever `unknown` has.
fn likeliest(weighed: &Weighed) -> Option<usize> {
    (0..weighed.sets.len())
        .max_by(|a, b| weighed.sets[*a].total_cmp(&weighed.sets[*b]).then(b.cmp(a)))
}

/// Probabilities of the sets as hypotheses state them, for a profile without places.
pub(crate) fn as_stated(scorer: &Scorer, asked: &Asked, prior: Probability) -> Vec<f64> {
    let mut all = weigh(scorer, asked, &[], prior);
    let best = likeliest(&all);
    let count = asked.techniques.len() + asked.software.len();
    let fragile = (0..count).any(|at| {
        let mut less = asked.clone();
        if at < asked.techniques.len() {
            less.techniques.remove(at);
        } else {
            less.software.remove(at - asked.techniques.len());
        }
        likeliest(&weigh(scorer, &less, &[], prior)) != best
    });
    hold_back_doubted(&mut all, scorer, asked, fragile);
    all.sets
}

pub(super) fn rows(
    draft: &Draft<'_>,
    knowledge: &Knowledge,
    prior: &HypothesisPrior,
) -> Vec<Hypothesis> {
    let scorer = Scorer::new(knowledge, &Known::default());
    let items = items(draft.campaign, knowledge);
    let question = asked(&items, None);
    let unseen = Unseen::new(knowledge, &scorer, draft, &question);
    let mut all = weigh(&scorer, &question, &unseen.nats, prior.unknown);
    let without: Vec<Weighed> = (0..items.len())
        .map(|at| weigh(&scorer, &asked(&items, Some(at)), &unseen.nats, prior.unknown))
        .collect();
    let fragile = without.iter().any(|weighed| likeliest(weighed) != likeliest(&all));
    hold_back_doubted(&mut all, &scorer, &question, fragile);
    let mut order: Vec<usize> = (0..all.sets.len()).collect();
    order.sort_by(|a, b| all.sets[*b].total_cmp(&all.sets[*a]).then(a.cmp(b)));
    order.truncate(LISTED);
    let mut rows: Vec<Hypothesis> = order
        .iter()
        .map(|&set| {
            let mut row = draft.row("operator", &knowledge.sets[set].name);
            row.prior = Probability::new(all.priors[set]);
            draft.state(&mut row, all.sets[set]);
            for (item, weighed) in items.iter().zip(&without) {
                // What the item does to this set against all others, held back alike.
                let nats =
                    log_odds(all.sets[set] / all.held) - log_odds(weighed.sets[set] / weighed.held);
                let changes = first(&all) != first(weighed);
                file(&mut row, part(knowledge, &scorer, set, item, nats, changes));
            }
            unseen.parts(knowledge, set).into_iter().for_each(|part| file(&mut row, part));
            close(&mut row, all.held < 1.0);
            row
        })
        .collect();
    rows.push(unknown_row(draft, &rows, &all, items.is_empty()));
    rows.sort_by_key(|row| std::cmp::Reverse(row.probability));
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    for row in &mut rows {
        row.alternatives = names.iter().filter(|name| **name != row.name).cloned().collect();
    }
    rows
}

/// The first answer: a set's index, or `None` for `unknown`.
pub(super) fn first(weighed: &Weighed) -> Option<usize> {
    let best = (0..weighed.sets.len())
        .max_by(|a, b| weighed.sets[*a].total_cmp(&weighed.sets[*b]).then(b.cmp(a)))?;
    (weighed.sets[best] > weighed.unknown).then_some(best)
}

fn unknown_row(
    draft: &Draft<'_>,
    named: &[Hypothesis],
    all: &Weighed,
    nothing: bool,
) -> Hypothesis {
    let mut row = draft.row("operator", UNKNOWN);
    let rest = |of: &dyn Fn(&Hypothesis) -> f64| 1.0 - named.iter().map(of).sum::<f64>();
    row.prior = Probability::new(rest(&|r| r.prior.get()));
    draft.state(&mut row, rest(&|r| r.probability.get()));
    if !nothing {
        let what = if all.familiar > 0.0 {
            "the best match fits as well as known sets usually do"
        } else {
            "even the best match fits worse than known sets usually do"
        };
        file(
            &mut row,
            Support {
                what: what.to_owned(),
                techniques: draft
                    .campaign
                    .techniques
                    .iter()
                    .map(|seen| seen.id.clone())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                log_likelihood_ratio: MicroNats::from_nats(-all.familiar),
                evidence: Vec::new(),
            },
        );
    }
    close(&mut row, all.held < 1.0);
    row
}

/// The part that makes the parts add up.
fn close(row: &mut Hypothesis, held: bool) {
    row.supporting.sort_by_key(|part| std::cmp::Reverse(part.log_likelihood_ratio));
    row.contradicting.sort_by_key(|part| part.log_likelihood_ratio);
    let listed: MicroNats =
        row.supporting.iter().chain(&row.contradicting).map(|part| part.log_likelihood_ratio).sum();
    let what = if held {
        "the items taken together, and held back: techniques alone never attribute, and no \
         name passes roughly even that what could be planted carries"
    } else {
        "the items taken together"
    };
    let rest = between(row.prior, row.probability).0.saturating_sub(listed.0);
    file(
        row,
        Support {
            what: what.to_owned(),
            techniques: Vec::new(),
            log_likelihood_ratio: MicroNats(rest),
            evidence: Vec::new(),
        },
    );
}

fn part(
    knowledge: &Knowledge,
    scorer: &Scorer,
    set: usize,
    item: &Item,
    nats: f64,
    changes: bool,
) -> Support {
    let (rows, at) = match item.what {
        Kind::Technique(at) => (&scorer.view.techniques, at),
        Kind::Software(at) => (&scorer.view.software, at),
    };
    let users = rows.iter().filter(|row| row[at] > 0.0).count();
    let name = &knowledge.sets[set].name;
    let cited = citations(knowledge, set, item.what);
    let reported = if rows[set][at] > 0.0 {
        format!("reported of {name} ({})", cited.into_iter().take(3).collect::<Vec<_>>().join("; "))
    } else {
        format!("not reported of {name}")
    };
    let mut what = format!(
        "{} {}: {reported}; {users} of {} known sets are reported with it; seen by {}",
        item.id,
        item.name,
        rows.len(),
        item.why.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
    );
    if changes {
        what.push_str("; were this one item forged, the first answer would be another");
    }
    Support {
        what,
        techniques: match item.what {
            Kind::Technique(_) => vec![item.id.clone()],
            Kind::Software(_) => Vec::new(),
        },
        log_likelihood_ratio: MicroNats::from_nats(nats),
        evidence: item.evidence.clone(),
    }
}

/// Names of what reports an item of a set, or of a campaign attributed to it.
fn citations(knowledge: &Knowledge, set: usize, what: Kind) -> BTreeSet<&str> {
    let campaigns = knowledge.campaigns.iter().filter(|c| c.sets.iter().any(|to| to.target == set));
    let known = &knowledge.sets[set];
    let relations: Vec<&Relation> = match what {
        Kind::Technique(_) => {
            known.techniques.iter().chain(campaigns.flat_map(|c| &c.techniques)).collect()
        }
        Kind::Software(_) => {
            known.software.iter().chain(campaigns.flat_map(|c| &c.software)).collect()
        }
    };
    let (Kind::Technique(at) | Kind::Software(at)) = what;
    relations
        .into_iter()
        .filter(|relation| relation.target == at)
        .flat_map(|relation| &relation.citations)
        .map(|citation| knowledge.citations[*citation].name.as_str())
        .collect()
}

/// What was covered, is expected of a set, and was not seen.
///
/// A set's technique stands in a share of its reports; had the set been here, it would have
/// shown with about that chance. Against the same chance for sets at large this is a ratio
/// of the two chances of *not* seeing it. Reports say what was striking, not what was done,
/// so the whole of it never weighs more than [`MOST_UNSEEN`].
struct Unseen {
    nats: Vec<f64>,
    by_set: Vec<Vec<(usize, f64)>>,
}

impl Unseen {
    fn new(knowledge: &Knowledge, scorer: &Scorer, draft: &Draft<'_>, question: &Asked) -> Self {
        let view = &scorer.view;
        let covered: BTreeSet<usize> = draft
            .campaign
            .covered
            .iter()
            .filter_map(|id| knowledge.technique(id))
            .filter(|at| !question.techniques.contains(at))
            .collect();
        let chance = |set: usize, at: usize| {
            (view.techniques[set][at] / (view.reports[set] + 2.0)).clamp(0.0, 0.9)
        };
        let sets = view.techniques.len();
        let mut by_set = vec![Vec::new(); sets];
        for at in covered {
            let mean = (0..sets).map(|set| chance(set, at)).sum::<f64>() / to_f64(sets.max(1));
            for (set, parts) in by_set.iter_mut().enumerate() {
                let nats = ((1.0 - chance(set, at)) / (1.0 - mean)).ln();
                if nats < -0.05 {
                    parts.push((at, nats));
                }
            }
        }
        for parts in &mut by_set {
            let sum: f64 = parts.iter().map(|(_, nats)| nats).sum();
            let factor = if sum < -MOST_UNSEEN { -MOST_UNSEEN / sum } else { 1.0 };
            parts.iter_mut().for_each(|(_, nats)| *nats *= factor);
        }
        let nats = by_set.iter().map(|parts| parts.iter().map(|(_, nats)| nats).sum()).collect();
        Self { nats, by_set }
    }

    fn parts(&self, knowledge: &Knowledge, set: usize) -> Vec<Support> {
        self.by_set[set]
            .iter()
            .map(|(at, nats)| {
                let technique = &knowledge.techniques[*at];
                Support {
                    what: format!(
                        "{} {}: often reported of {}, covered here, not seen",
                        technique.id, technique.name, knowledge.sets[set].name
                    ),
                    techniques: vec![technique.id.clone()],
                    log_likelihood_ratio: MicroNats::from_nats(*nats),
                    evidence: Vec::new(),
                }
            })
            .collect()
    }
}
