//! A campaign's items: distinct techniques and software with where they were seen.

use std::collections::BTreeMap;

use demarche_core::EvidenceRef;

use super::{CITED, CampaignProfile};
use crate::attribution::knowledge::Knowledge;
use crate::attribution::scoring::{Asked, Scorer};

/// Software that more sets than this share is a commodity and no class of its own.
const COMMODITY: usize = 5;

/// One distinct thing seen.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) what: Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) evidence: Vec<EvidenceRef>,
    pub(super) why: Vec<String>,
}

/// Which table an item's index points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Technique(usize),
    Software(usize),
}

/// The items the knowledge recognises, techniques first, by id.
pub(super) fn items(campaign: &CampaignProfile, knowledge: &Knowledge) -> Vec<Item> {
    let techniques = campaign.techniques.iter().filter_map(|seen| {
        let at = knowledge.technique(&seen.id)?;
        let known = &knowledge.techniques[at];
        Some((Kind::Technique(at), &known.id, &known.name, &seen.evidence, &seen.why))
    });
    let software = campaign.software.iter().filter_map(|seen| {
        let at = knowledge.software(&seen.id)?;
        let known = &knowledge.software[at];
        Some((Kind::Software(at), &known.id, &known.name, &seen.evidence, &seen.why))
    });
    let mut items: BTreeMap<Kind, Item> = BTreeMap::new();
    for (what, id, name, evidence, why) in techniques.chain(software) {
        let item = items.entry(what).or_insert_with(|| Item {
            what,
            id: id.clone(),
            name: name.clone(),
            evidence: Vec::new(),
            why: Vec::new(),
        });
        item.evidence.extend(evidence.iter().cloned());
        item.why.push(why.clone());
    }
    let mut items: Vec<Item> = items.into_values().collect();
    for item in &mut items {
        item.evidence.sort();
        item.evidence.dedup();
        item.evidence.truncate(CITED);
        item.why.sort();
        item.why.dedup();
    }
    items
}

/// As a question, without one item where asked.
pub(super) fn asked(items: &[Item], without: Option<usize>) -> Asked {
    let mut asked = Asked::default();
    for (_, item) in items.iter().enumerate().filter(|(at, _)| Some(*at) != without) {
        match item.what {
            Kind::Technique(at) => asked.techniques.push(at),
            Kind::Software(at) => asked.software.push(at),
        }
    }
    asked
}

/// Independent classes of evidence: techniques, and software that few sets share.
pub(super) fn classes(scorer: &Scorer, asked: &Asked) -> usize {
    let rare = |at: &usize| {
        let users = scorer.view.software.iter().filter(|row| row[*at] > 0.0).count();
        (1..=COMMODITY).contains(&users)
    };
    usize::from(!asked.techniques.is_empty()) + usize::from(asked.software.iter().any(rare))
}
