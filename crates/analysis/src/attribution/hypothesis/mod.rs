//! Rows of the `hypotheses` table: who may be behind a campaign, tiers kept apart.
//!
//! *Cluster*: that these waves are one activity, from the campaign's own probability.
//! *Operator*: intrusion sets and `unknown`. *Organisation* and *state*: nothing in mail or
//! logs shows them, so these rows hold only what others assess of the operators, marked as
//! such with weight 0, and stay low whatever the operator tier says.
//!
//! The parts of a row add up: the log-odds of `prior` plus every part's ratio that is
//! listed give the log-odds of `probability` (to rounding). One part is named as what it
//! is: the effect of the items together and of the limit on a single class of evidence.

mod ach;
mod evidence;
mod operator;
mod sensitivity;
mod state;

use demarche_core::terms::{ICD203, term};
use demarche_core::{EvidenceRef, MicroNats, Probability};
pub use demarche_core::{Hypothesis, Support};
pub(crate) use operator::as_stated;

pub use ach::matrix;
pub use sensitivity::{Sensitivity, sensitivity};

use super::knowledge::Knowledge;
use super::scoring::UNKNOWN;

/// The most that one class of evidence (techniques alone) may give a named set, and
/// `unknown` still stands before it: copied tradecraft looks the same.
pub const MAX_SINGLE_CLASS: f64 = 0.45;
/// The most with a really thick margin: "roughly even chance", never "likely".
pub const MAX_THICK_MARGIN: f64 = 0.54;
/// The most the state tier may say of any state, as nothing about it is found here.
pub const MAX_STATE: f64 = 0.2;
/// Named sets listed.
pub(crate) const LISTED: usize = 10;
/// Evidence references kept of each item.
const CITED: usize = 5;

/// A technique that the evidence shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TechniqueSeen {
    /// ATT&CK id.
    pub id: String,
    /// Where it stands.
    pub evidence: Vec<EvidenceRef>,
    /// By which wave, intrusion or rule it was seen, in plain words.
    pub why: String,
}

/// Software that the evidence shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoftwareSeen {
    /// ATT&CK id or a name that only one piece of software bears.
    pub id: String,
    /// Where it stands.
    pub evidence: Vec<EvidenceRef>,
    /// How it was recognised.
    pub why: String,
}

/// What is known of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignProfile {
    /// Which.
    pub campaign_id: String,
    /// That it is one activity cluster.
    pub probability: Probability,
    /// Techniques seen; one id may stand several times.
    pub techniques: Vec<TechniqueSeen>,
    /// Software seen.
    pub software: Vec<SoftwareSeen>,
    /// Technique ids that the evidence at hand would have shown, had they been used: only
    /// these can speak against a set by not being seen.
    pub covered: Vec<String>,
}

/// What is held before the evidence is looked at. The user can set it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HypothesisPrior {
    /// That the operator is none of the known intrusion sets.
    pub unknown: Probability,
    /// That waves put before us as one campaign are one activity.
    pub cluster: Probability,
}

impl Default for HypothesisPrior {
    /// Even for `unknown`: whoever targets an institution need not be in a public list.
    fn default() -> Self {
        Self { unknown: Probability::new(0.5), cluster: Probability::new(0.5) }
    }
}

/// All rows of a campaign: cluster, operator, organisation, state.
#[must_use]
pub fn hypothesise(
    campaign: &CampaignProfile,
    knowledge: &Knowledge,
    prior: &HypothesisPrior,
) -> Vec<Hypothesis> {
    let draft = Draft { campaign, snapshot: knowledge.snapshot_label() };
    let mut rows = vec![draft.cluster(prior)];
    let operators = operator::rows(&draft, knowledge, prior);
    let states = state::rows(&draft, knowledge, &operators);
    rows.extend(operators);
    let mut organisation = draft.row("organisation", UNKNOWN);
    organisation.prior = Probability::new(1.0);
    draft.state(&mut organisation, 1.0);
    rows.push(organisation);
    rows.extend(states);
    rows
}

/// What every row of a campaign shares.
pub(crate) struct Draft<'a> {
    pub(crate) campaign: &'a CampaignProfile,
    snapshot: String,
}

impl Draft<'_> {
    pub(crate) fn row(&self, tier: &str, name: &str) -> Hypothesis {
        Hypothesis {
            campaign_id: self.campaign.campaign_id.clone(),
            tier: tier.to_owned(),
            name: name.to_owned(),
            term_scale: ICD203.to_owned(),
            snapshot: self.snapshot.clone(),
            ..Hypothesis::default()
        }
    }

    /// Sets the probability and its word.
    pub(crate) fn state(&self, row: &mut Hypothesis, probability: f64) {
        row.probability = Probability::new(probability);
        row.term = term(row.probability).to_owned();
    }

    fn cluster(&self, prior: &HypothesisPrior) -> Hypothesis {
        let campaign = self.campaign;
        let mut row = self.row("cluster", &campaign.campaign_id);
        row.prior = prior.cluster;
        self.state(&mut row, campaign.probability.get());
        row.alternatives = vec!["unrelated activities".to_owned()];
        let mut evidence: Vec<EvidenceRef> =
            campaign.techniques.iter().flat_map(|seen| seen.evidence.iter().cloned()).collect();
        evidence.sort();
        evidence.dedup();
        evidence.truncate(CITED * 4);
        let part = Support {
            what: "how the waves and intrusions are linked, as the campaign's own row states"
                .into(),
            techniques: Vec::new(),
            log_likelihood_ratio: between(row.prior, row.probability),
            evidence,
        };
        file(&mut row, part);
        row
    }
}

/// The ratio that moves `prior` to `posterior`.
pub(crate) fn between(prior: Probability, posterior: Probability) -> MicroNats {
    MicroNats::from_nats(log_odds(posterior.get()) - log_odds(prior.get()))
}

/// Log-odds, finite.
pub(crate) fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// Puts a part where its sign says; a part without weight is left out.
pub(crate) fn file(row: &mut Hypothesis, part: Support) {
    match part.log_likelihood_ratio.0 {
        0 => {}
        1.. => row.supporting.push(part),
        _ => row.contradicting.push(part),
    }
}

#[cfg(test)]
mod tests;
