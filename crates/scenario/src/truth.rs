//! `truth.jsonl`: what really happened, one JSON object a line, `kind` first.
//!
//! `world` comes first, then waves, intrusions and exposures. Times are
//! RFC 3339 in UTC.

use serde::{Deserialize, Serialize};

/// One line of the truth.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// The world.
    World(World),
    /// A wave.
    Wave(Wave),
    /// An intrusion.
    Intrusion(Intrusion),
    /// What became of a recipient.
    Exposure(Exposure),
}

/// The world's frame.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct World {
    /// Seed.
    pub seed: u64,
    /// Size.
    pub size: String,
    /// Without any attack.
    pub control: bool,
    /// Names of institutions.
    pub institutions: Vec<String>,
    /// Begin.
    pub from: String,
    /// End.
    pub to: String,
    /// Institutions times years.
    pub institution_years: f64,
    /// Copies of messages in mailboxes.
    pub copies: u64,
    /// Different audit events.
    pub events: u64,
}

/// A wave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Wave {
    /// Its name, `W1`.
    pub wave: String,
    /// Its operator, `A` or `B`.
    pub operator: String,
    /// The group aimed at.
    pub group: String,
    /// Message-IDs without brackets, each once.
    pub message_ids: Vec<String>,
    /// Recipients' addresses.
    pub recipients: Vec<String>,
    /// First message.
    pub first_seen: String,
    /// Last message.
    pub last_seen: String,
}

/// An intrusion.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Intrusion {
    /// Its name, `I1`. Several lines of one name are several subjects of one
    /// intrusion; the one without `secondary` counts.
    pub intrusion: String,
    /// Its operator.
    pub operator: String,
    /// Account, or number in E.164.
    pub account: String,
    /// Kinds of the contract.
    pub kinds: Vec<String>,
    /// First access that the evidence covers.
    pub first_access: String,
    /// Last access that the evidence covers.
    pub last_access: String,
    /// First access, seen or not.
    pub true_first_access: String,
    /// `active` or `ended`.
    pub status: String,
    /// Begun before coverage does.
    pub start_censored: bool,
    /// Not ended when coverage does.
    pub end_censored: bool,
    /// Wave whose link began it.
    pub joined_wave: Option<String>,
    /// Another subject of the same intrusion.
    #[serde(default)]
    pub secondary: bool,
    /// Records left.
    pub records: usize,
}

/// What became of a recipient of a wave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// Wave.
    pub wave: String,
    /// Address.
    pub recipient: String,
    /// What the evidence can show: `targeted`, `fetched`, `clicked`,
    /// `unknown`.
    pub state: String,
    /// What happened, seen or not.
    pub true_state: String,
}
