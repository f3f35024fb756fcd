//! What analysis states: rows of the contract's derived tables.
//!
//! Field names are the contract's. Every row carries the probability at its stated
//! prior, and the parts it is made of.

use serde::{Deserialize, Serialize};

use crate::{EvidenceRef, MicroNats, Probability, UtcMicros};

/// One item of evidence for (positive) or against (negative) a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredFeature {
    /// Stable name, e.g. `recipient_unique_token`.
    pub name: String,
    /// Its weight in nats.
    pub log_likelihood_ratio: MicroNats,
    /// In plain words with the figures it rests on.
    pub detail: String,
    /// At most 20 references, the first ones in evidence order.
    pub evidence: Vec<EvidenceRef>,
}

/// One burst of targeted mail with one lure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// `w1:` + hash of its smallest message uid.
    pub wave_id: String,
    /// The campaign it belongs to; every wave has one, if alone in it.
    pub campaign_id: String,
    /// Posterior that this is a targeted tracking wave.
    pub probability: Probability,
    /// The prior it stands on.
    pub prior: Probability,
    /// First message.
    pub first_seen: Option<UtcMicros>,
    /// Last message.
    pub last_seen: Option<UtcMicros>,
    /// Sorted.
    pub message_uids: Vec<String>,
    /// Message-IDs without `<>`, else the uid; in the order of `message_uids`.
    pub message_ids: Vec<String>,
    /// Mailboxes reached, sorted.
    pub recipients: Vec<String>,
    /// Most frequent subject.
    pub subject: String,
    /// Sender addresses, sorted.
    pub senders: Vec<String>,
    /// URL templates that carry the tokens, sorted.
    pub templates: Vec<String>,
    /// Roster groups that the recipients share beyond chance.
    pub target_groups: Vec<String>,
    /// ATT&CK technique ids that the wave shows.
    pub techniques: Vec<String>,
    /// For and against, in order of weight.
    pub features: Vec<ScoredFeature>,
}

/// Why two waves are held to be one operator's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The two wave ids, the smaller first.
    pub waves: Vec<String>,
    /// Independent classes of evidence, sorted: `url_grammar`, `skeleton`, `headers`,
    /// `infrastructure`, `lure`, `hours`, `recipients`.
    pub classes: Vec<String>,
    /// Summed weight.
    pub weight: MicroNats,
    /// In plain words.
    pub detail: Vec<String>,
    /// Some references from both waves.
    pub evidence: Vec<EvidenceRef>,
}

/// Waves held to be one operator's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// `k1:` + hash of its smallest message uid.
    pub campaign_id: String,
    /// Probability that it is one operator's and targeted.
    pub probability: Probability,
    /// Sorted by first seen.
    pub wave_ids: Vec<String>,
    /// Mailboxes reached, sorted.
    pub recipients: Vec<String>,
    /// Links between its waves.
    pub links: Vec<Link>,
    /// Groups chosen beyond chance, sorted.
    pub target_groups: Vec<String>,
    /// First message of its first wave.
    pub first_seen: Option<UtcMicros>,
    /// Last message of its last wave.
    pub last_seen: Option<UtcMicros>,
}

/// What became of one recipient in a wave; never "safe".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExposureState {
    /// Nothing can be said beyond delivery: web logs do not cover it.
    #[default]
    Unknown,
    /// Reached; covered by web logs, no fetch seen.
    Targeted,
    /// The remote image was loaded by the recipient: address, device and place went out.
    Fetched,
    /// The link was followed.
    Clicked,
}

/// A recipient in a wave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Mailbox.
    pub recipient: String,
    /// Wave.
    pub wave_id: String,
    /// What became of it.
    pub state: ExposureState,
    /// First fetch or click.
    pub time: Option<UtcMicros>,
    /// Why, in plain words (a gateway's prefetch left out, a CONNECT without a path).
    pub detail: String,
    /// Mail and fetches.
    pub evidence: Vec<EvidenceRef>,
}

/// Whether an intrusion goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntrusionStatus {
    /// Seen up to the end of coverage, or a lasting artefact is still in place.
    Active,
    /// Coverage goes on well past the last access.
    Ended,
    /// Cannot be told.
    #[default]
    Unknown,
}

/// An interval in which nothing could be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From.
    pub from: Option<UtcMicros>,
    /// To.
    pub to: Option<UtcMicros>,
    /// Why: retention, throttling, no log.
    pub reason: String,
}

/// A period of unauthorised access to one account, server or number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intrusion {
    /// `i1:` + hash of account, kind and first event.
    pub intrusion_id: String,
    /// Account, or for call records the subject's E.164 number.
    pub account: String,
    /// What is known of who: session profile, operator login, application.
    pub actor: String,
    /// Whether it goes on.
    pub status: IntrusionStatus,
    /// Posterior.
    pub probability: Probability,
    /// Its prior.
    pub prior: Probability,
    /// First access seen.
    pub first_access: Option<UtcMicros>,
    /// Last access seen.
    pub last_access: Option<UtcMicros>,
    /// 90% bounds of the true first access.
    pub first_access_bounds: Vec<UtcMicros>,
    /// 90% bounds of the true last access.
    pub last_access_bounds: Vec<UtcMicros>,
    /// The true start may lie before coverage.
    pub start_censored: bool,
    /// The true end may lie after coverage.
    pub end_censored: bool,
    /// `mailbox`, `cloud_storage`, `call_records`, `identity`, `mail_server`; sorted.
    pub kinds: Vec<String>,
    /// Where nothing could be seen.
    pub gaps: Vec<Gap>,
    /// The campaign it is joined to, if any.
    pub campaign_id: Option<String>,
    /// Session ids, sorted.
    pub sessions: Vec<String>,
    /// What was read, in counts: `messages 12`, `folders 2`, `files 30`, `rows 400`.
    pub read: Vec<String>,
    /// ATT&CK technique ids that it shows.
    pub techniques: Vec<String>,
    /// For and against, in order of weight.
    pub features: Vec<ScoredFeature>,
    /// The events, at most 200.
    pub evidence: Vec<EvidenceRef>,
}

/// One thing that speaks for or against a hypothesis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// In plain words; "assessed by ..." where others said so and we did not find it.
    pub what: String,
    /// ATT&CK technique ids concerned.
    pub techniques: Vec<String>,
    /// Its weight in nats; 0 for what others assess.
    pub log_likelihood_ratio: MicroNats,
    /// Where.
    pub evidence: Vec<EvidenceRef>,
}

/// Who may be behind a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Which campaign; of an intrusion that no campaign explains, its `intrusion_id`.
    pub campaign_id: String,
    /// `cluster`, `campaign`, `operator`, `organisation`, `state`.
    pub tier: String,
    /// Name, or `unknown`.
    pub name: String,
    /// Posterior within its tier.
    pub probability: Probability,
    /// Its prior.
    pub prior: Probability,
    /// The word for the probability.
    pub term: String,
    /// `ICD203` or `PHIA`.
    pub term_scale: String,
    /// The knowledge snapshot used.
    pub snapshot: String,
    /// What speaks for it.
    pub supporting: Vec<Support>,
    /// What speaks against it.
    pub contradicting: Vec<Support>,
    /// The other names considered, most probable first.
    pub alternatives: Vec<String>,
}
