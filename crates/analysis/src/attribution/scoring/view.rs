//! What is known at a moment and without some reports: the matrix the scores stand on.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribution::knowledge::{
    IntrusionSet, Knowledge, KnownCampaign, PartialDate, Relation,
};

/// A report that has one technique of a set tells the set, and no way of working.
const FEWEST_IN_REPORT: usize = 2;

/// Which relations count as known.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Only relations with a citation that was certainly published before this day.
    pub before: Option<PartialDate>,
    /// A relation whose citations are all among these names is not known.
    pub exclude_references: BTreeSet<String>,
}

/// Rows of counts: how many known citations a relation has (1 where it has none at all).
/// Everything is indexed as in [`Knowledge`].
#[derive(Clone, Debug)]
pub struct View {
    /// `[set][technique]`: of the set itself and of campaigns attributed to it.
    pub techniques: Vec<Vec<f64>>,
    /// `[set][software]`: likewise.
    pub software: Vec<Vec<f64>>,
    /// `[software][technique]`.
    pub implemented: Vec<Vec<f64>>,
    /// Distinct known reports about a set.
    pub reports: Vec<f64>,
    /// `[set][report]`: the techniques that one known report has of a set or of its
    /// campaigns, sorted; reports with fewer than [`FEWEST_IN_REPORT`] are left out.
    pub by_report: Vec<Vec<Vec<usize>>>,
    cites: Cites,
}

/// The names of citations as flags.
#[derive(Clone, Debug)]
struct Cites {
    known: Vec<bool>,
    dated: bool,
}

impl Cites {
    /// How many citations of a relation are known.
    fn weight(&self, relation: &Relation) -> usize {
        if relation.citations.is_empty() {
            // Cited from nothing: no report to hide, and no date to be known before.
            return usize::from(!self.dated);
        }
        relation.citations.iter().filter(|citation| self.known[**citation]).count()
    }
}

impl View {
    /// What of `knowledge` is known.
    #[must_use]
    pub fn new(knowledge: &Knowledge, known: &Known) -> Self {
        let cites = Cites {
            known: knowledge
                .citations
                .iter()
                .map(|citation| {
                    let early = known.before.is_none_or(|before| {
                        citation.date.is_some_and(|date| date.latest() < before.earliest())
                    });
                    early && !known.exclude_references.contains(&citation.name)
                })
                .collect(),
            dated: known.before.is_some(),
        };
        let (sets, techniques, software) =
            (knowledge.sets.len(), knowledge.techniques.len(), knowledge.software.len());
        let mut view = Self {
            techniques: vec![vec![0.0; techniques]; sets],
            software: vec![vec![0.0; software]; sets],
            implemented: vec![vec![0.0; techniques]; software],
            reports: Vec::with_capacity(sets),
            by_report: Vec::with_capacity(sets),
            cites,
        };
        for at in 0..sets {
            let owners = Owners::new(knowledge, &view.cites, at);
            view.cites.fill(&mut view.techniques[at], owners.techniques());
            view.cites.fill(&mut view.software[at], owners.software());
            let set = &knowledge.sets[at];
            let reports: BTreeSet<usize> = set
                .techniques
                .iter()
                .chain(&set.software)
                .flat_map(|relation| relation.citations.iter().copied())
                .filter(|citation| view.cites.known[*citation])
                .collect();
            view.reports.push(to_f64(reports.len()));
            view.by_report.push(view.cites.by_report(owners.techniques()));
        }
        for (at, software) in knowledge.software.iter().enumerate() {
            view.cites.fill(&mut view.implemented[at], software.techniques.iter());
        }
        view
    }
}

/// A set and the campaigns that are known to be its own.
struct Owners<'a> {
    set: &'a IntrusionSet,
    campaigns: Vec<&'a KnownCampaign>,
}

impl<'a> Owners<'a> {
    fn new(knowledge: &'a Knowledge, cites: &Cites, set: usize) -> Self {
        let is_its_own = |campaign: &&KnownCampaign| {
            campaign.sets.iter().any(|to| to.target == set && cites.weight(to) > 0)
        };
        Self {
            set: &knowledge.sets[set],
            campaigns: knowledge.campaigns.iter().filter(is_its_own).collect(),
        }
    }

    fn techniques(&self) -> impl Iterator<Item = &'a Relation> {
        let set = self.set;
        set.techniques.iter().chain(self.campaigns.iter().flat_map(|campaign| &campaign.techniques))
    }

    fn software(&self) -> impl Iterator<Item = &'a Relation> {
        let set = self.set;
        set.software.iter().chain(self.campaigns.iter().flat_map(|campaign| &campaign.software))
    }
}

impl Cites {
    fn fill<'a>(&self, row: &mut [f64], relations: impl Iterator<Item = &'a Relation>) {
        for relation in relations {
            row[relation.target] += to_f64(self.weight(relation));
        }
    }

    /// Techniques of each known report, in the order of the reports.
    fn by_report<'a>(&self, relations: impl Iterator<Item = &'a Relation>) -> Vec<Vec<usize>> {
        let mut reports: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for relation in relations {
            for citation in relation.citations.iter().filter(|citation| self.known[**citation]) {
                reports.entry(*citation).or_default().insert(relation.target);
            }
        }
        reports
            .into_values()
            .filter(|techniques| techniques.len() >= FEWEST_IN_REPORT)
            .map(|techniques| techniques.into_iter().collect())
            .collect()
    }
}

/// Counts here are far below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn to_f64(count: usize) -> f64 {
    count as f64
}
