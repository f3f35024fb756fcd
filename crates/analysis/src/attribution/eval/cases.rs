//! The questions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::attribution::knowledge::{Knowledge, PartialDate, Relation};

/// Fewest techniques of a report, and fewest that its set keeps.
const FEWEST: usize = 5;
/// First year of the temporal questions.
const ASKED_FROM: u16 = 2022;
/// First year with enough dated reports before it.
const ROLLING_FROM: u16 = 2016;

/// A question whose answer is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Citation name or campaign id.
    pub name: String,
    /// Year of the report, where dated.
    pub year: Option<u16>,
    /// Technique ids.
    pub techniques: Vec<String>,
    /// Software ids.
    pub software: Vec<String>,
    /// The sets that are right, as indexes.
    pub right: BTreeSet<usize>,
}

/// How many folds the reports are cut into.
pub const FOLDS: u8 = 5;

/// The fold of a report, by its name's BLAKE3: all questions about one report share it.
#[must_use]
pub fn fold(case: &Case) -> u8 {
    blake3::hash(case.name.as_bytes()).as_bytes()[0] % FOLDS
}

/// Whether a fit may see a report: only what is older than the temporal questions.
#[must_use]
pub fn is_training(case: &Case) -> bool {
    case.year.is_none_or(|year| year < ASKED_FROM)
}

struct Cited {
    set: usize,
    sole: bool,
    techniques: BTreeSet<usize>,
    software: BTreeSet<usize>,
}

/// Every citation with what its first set has from it, and whether it is the only set.
fn cited(knowledge: &Knowledge) -> BTreeMap<usize, Cited> {
    let mut all: BTreeMap<usize, Cited> = BTreeMap::new();
    let mut note = |set: usize, relation: &Relation, is_technique: bool| {
        for citation in &relation.citations {
            let entry = all.entry(*citation).or_insert_with(|| Cited {
                set,
                sole: true,
                techniques: BTreeSet::new(),
                software: BTreeSet::new(),
            });
            entry.sole &= entry.set == set;
            let items = if is_technique { &mut entry.techniques } else { &mut entry.software };
            items.insert(relation.target);
        }
    };
    for (at, set) in knowledge.sets.iter().enumerate() {
        set.techniques.iter().for_each(|relation| note(at, relation, true));
        set.software.iter().for_each(|relation| note(at, relation, false));
    }
    all.retain(|_, cited| cited.sole && cited.techniques.len() >= FEWEST);
    all
}

fn case(knowledge: &Knowledge, citation: usize, cited: &Cited) -> Case {
    Case {
        name: knowledge.citations[citation].name.clone(),
        year: knowledge.citations[citation].date.map(PartialDate::year),
        techniques: cited
            .techniques
            .iter()
            .map(|at| knowledge.techniques[*at].id.clone())
            .collect(),
        software: cited.software.iter().map(|at| knowledge.software[*at].id.clone()).collect(),
        right: BTreeSet::from([cited.set]),
    }
}

/// Leave one report out.
#[must_use]
pub fn report_cases(knowledge: &Knowledge) -> Vec<Case> {
    cited(knowledge)
        .iter()
        .filter(|(citation, cited)| {
            let kept = knowledge.sets[cited.set].techniques.iter();
            kept.filter(|relation| !relation.citations.contains(citation)).count() >= FEWEST
        })
        .map(|(citation, cited)| case(knowledge, *citation, cited))
        .collect()
}

/// Reports of 2022 or later, to be asked with `before` 2022-01-01.
#[must_use]
pub fn temporal_cases(knowledge: &Knowledge) -> Vec<Case> {
    dated_cases(knowledge, ASKED_FROM..=u16::MAX)
}

/// Reports of one year each, to be asked with what was known before it: what the temporal
/// questions would have been in earlier years, for the fit.
#[must_use]
pub fn rolling_cases(knowledge: &Knowledge) -> Vec<(u16, Vec<Case>)> {
    (ROLLING_FROM..ASKED_FROM).map(|year| (year, dated_cases(knowledge, year..=year))).collect()
}

/// Reports of some years whose set was known by at least five techniques before.
fn dated_cases(knowledge: &Knowledge, years: RangeInclusive<u16>) -> Vec<Case> {
    let early = |citation: &usize| {
        knowledge.citations[*citation].date.is_some_and(|date| date.year() < *years.start())
    };
    cited(knowledge)
        .iter()
        .map(|(citation, cited)| (case(knowledge, *citation, cited), cited.set))
        .filter(|(case, set)| {
            let known = knowledge.sets[*set].techniques.iter();
            case.year.is_some_and(|year| years.contains(&year))
                && known.filter(|relation| relation.citations.iter().any(early)).count() >= FEWEST
        })
        .map(|(case, _)| case)
        .collect()
}

/// Attributed campaigns, each with the knowledge that remains without it.
#[must_use]
pub fn campaign_cases(knowledge: &Knowledge) -> Vec<(Case, Knowledge)> {
    let attributed = knowledge.campaigns.iter().enumerate().filter(|(_, campaign)| {
        let says_nothing = campaign.techniques.is_empty() && campaign.software.is_empty();
        !campaign.sets.is_empty() && !says_nothing
    });
    attributed
        .map(|(at, campaign)| {
            let relations = || campaign.techniques.iter().chain(&campaign.software);
            let shared: BTreeSet<usize> = relations()
                .chain(&campaign.sets)
                .flat_map(|relation| relation.citations.iter().copied())
                .collect();
            let mut rest = knowledge.clone();
            rest.campaigns.remove(at);
            let drop = |relations: &mut Vec<Relation>| {
                relations.retain(|r| !r.citations.iter().any(|citation| shared.contains(citation)));
            };
            for set in &mut rest.sets {
                drop(&mut set.techniques);
                drop(&mut set.software);
            }
            rest.software.iter_mut().for_each(|software| drop(&mut software.techniques));
            for other in &mut rest.campaigns {
                drop(&mut other.techniques);
                drop(&mut other.software);
            }
            let case = Case {
                name: campaign.id.clone(),
                year: campaign.first_seen.parse::<PartialDate>().ok().map(PartialDate::year),
                techniques: campaign
                    .techniques
                    .iter()
                    .map(|r| knowledge.techniques[r.target].id.clone())
                    .collect(),
                software: campaign
                    .software
                    .iter()
                    .map(|r| knowledge.software[r.target].id.clone())
                    .collect(),
                right: campaign.sets.iter().map(|r| r.target).collect(),
            };
            (case, rest)
        })
        .collect()
}
