//! The state tier: only what others assess of the operators, and never high.

use std::collections::BTreeMap;

use demarche_core::{Hypothesis, MicroNats, Probability, Support};

use super::{Draft, MAX_STATE};
use crate::attribution::knowledge::{Assessment, Knowledge};
use crate::attribution::scoring::UNKNOWN;

/// States listed.
const LISTED: usize = 3;
/// How far others' word is taken: MISP galaxy's usual `attribution-confidence` is 50.
const TRUST: f64 = 0.5;

struct State {
    probability: f64,
    prior: f64,
    assessed: Vec<Support>,
}

/// Rows from the operator rows: a state's probability is that of the operators others
/// assess to be its own, times the trust in that, cut so that none passes [`MAX_STATE`].
pub(super) fn rows(
    draft: &Draft<'_>,
    knowledge: &Knowledge,
    operators: &[Hypothesis],
) -> Vec<Hypothesis> {
    let mut states: BTreeMap<String, State> = BTreeMap::new();
    for operator in operators {
        let Some(set) = knowledge.sets.iter().find(|set| set.name == operator.name) else {
            continue;
        };
        for (state, assessments) in by_state(knowledge, &set.assessments) {
            let entry = states.entry(state).or_insert_with(|| State {
                probability: 0.0,
                prior: 0.0,
                assessed: Vec::new(),
            });
            entry.probability += TRUST * operator.probability.get();
            entry.prior += TRUST * operator.prior.get();
            entry.assessed.extend(assessments.into_iter().map(|assessment| Support {
                what: format!(
                    "assessed by {}, not found here: {} ({}) {} {}",
                    assessment.by, set.name, set.id, assessment.kind, assessment.value
                ),
                techniques: Vec::new(),
                log_likelihood_ratio: MicroNats(0),
                evidence: Vec::new(),
            }));
        }
    }
    let top = states.values().map(|state| state.probability).fold(0.0, f64::max);
    let factor = if top > MAX_STATE { MAX_STATE / top } else { 1.0 };
    let mut rows: Vec<Hypothesis> = states
        .into_iter()
        .map(|(name, state)| {
            let mut row = draft.row("state", &name);
            row.prior = Probability::new(state.prior);
            draft.state(&mut row, state.probability * factor);
            row.supporting = state.assessed;
            row
        })
        .collect();
    rows.sort_by(|a, b| b.probability.cmp(&a.probability).then_with(|| a.name.cmp(&b.name)));
    rows.truncate(LISTED);
    let mut unknown = draft.row("state", UNKNOWN);
    unknown.prior = Probability::new(1.0 - rows.iter().map(|row| row.prior.get()).sum::<f64>());
    draft.state(&mut unknown, 1.0 - rows.iter().map(|row| row.probability.get()).sum::<f64>());
    rows.push(unknown);
    rows.sort_by_key(|row| std::cmp::Reverse(row.probability));
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    for row in &mut rows {
        row.alternatives = names.iter().filter(|name| **name != row.name).cloned().collect();
    }
    rows
}

/// A set's assessments by country; a set assessed to several countries counts for none,
/// because which one is exactly what is in question.
fn by_state<'a>(
    knowledge: &Knowledge,
    assessments: &'a [Assessment],
) -> BTreeMap<String, Vec<&'a Assessment>> {
    let mut states: BTreeMap<String, Vec<&Assessment>> = BTreeMap::new();
    for assessment in assessments {
        states.entry(country(knowledge, &assessment.value)).or_default().push(assessment);
    }
    if states.len() > 1 { BTreeMap::new() } else { states }
}

/// The country's code where the knowledge has it by code or name, else the text as stated.
fn country(knowledge: &Knowledge, value: &str) -> String {
    let lower = value.to_lowercase();
    // CFR writes long forms: "Iran (Islamic Republic of)", "Korea (Democratic ...)".
    let short = lower.split(" (").next().unwrap_or(&lower);
    let found = knowledge.countries.iter().find(|country| {
        country.code.eq_ignore_ascii_case(value) || country.name == lower || country.name == short
    });
    found.map_or_else(|| value.to_owned(), |country| country.code.clone())
}
