//! The matrix of competing hypotheses, and what people judge beside what is computed.

use serde::{Deserialize, Serialize};

use crate::{EvidenceRef, MicroNats, Probability, UtcMicros};

/// One field of the matrix: a hypothesis and an item of evidence (Heuer, *Psychology of
/// Intelligence Analysis*, 1999, chapter 8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AchCell {
    /// Campaign, or intrusion that no campaign explains.
    pub campaign_id: String,
    /// Tier of the hypothesis.
    pub tier: String,
    /// Name of the hypothesis.
    pub hypothesis: String,
    /// Key of the evidence: an ATT&CK id, `claims:...`, or an analyst's own.
    pub item: String,
    /// The evidence in plain words.
    pub what: String,
    /// `found here`, `assessed by others` or `analyst`.
    pub origin: String,
    /// `consistent`, `inconsistent` or `neutral`, as computed; of an analyst's item, as the
    /// analyst says.
    pub mark: String,
    /// Its weight in nats; 0 for what others assess and for an analyst's items.
    pub log_likelihood_ratio: MicroNats,
    /// How far the item's weight differs between the hypotheses of its tier, in nats: 0
    /// tells nothing apart.
    pub diagnosticity: MicroNats,
    /// Admiralty grade of the source and its information: `A1` to `F6` (NATO AJP-2.1).
    pub grade: String,
    /// An analyst's own mark beside it; empty without.
    pub analyst_mark: String,
    /// Who set it.
    pub judged_by: String,
    /// When.
    pub judged_at: Option<UtcMicros>,
    /// Where.
    pub evidence: Vec<EvidenceRef>,
}

/// What a person judged: kept beside what is computed, never in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its number among the case's decisions.
    pub number: u64,
    /// `probability`, `hypothesis`, `evidence`, `mark` or `approval`.
    pub kind: String,
    /// Campaign; of an approval, empty.
    pub campaign_id: String,
    /// Tier; of evidence, empty.
    pub tier: String,
    /// Hypothesis, or what is approved.
    pub name: String,
    /// The analyst's probability; 0 where none was given.
    pub probability: Probability,
    /// Its word on the run's scale; empty where none was given.
    pub term: String,
    /// Reasons, or the evidence in words.
    pub why: String,
    /// Who.
    pub judged_by: String,
    /// When.
    pub judged_at: Option<UtcMicros>,
}
