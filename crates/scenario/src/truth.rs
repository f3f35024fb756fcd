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
    /// Mail domains of the institutions, in their order.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Accounts times years that audit logs cover.
    #[serde(default)]
    pub user_years: f64,
    /// `classic` or `grown`, see [`crate::world::Kind`].
    #[serde(default)]
    pub worlds: String,
    /// Families that its operators were drawn from: `fit`, `score` or `any`.
    #[serde(default)]
    pub split: String,
    /// Share of the copies that waves make.
    #[serde(default)]
    pub prevalence: f64,
    /// What misleads in this world: `shared_host`, `shared_template`,
    /// `false_flag`, `one_wave`, `planted_indicator`, `copied_template`.
    #[serde(default)]
    pub traps: Vec<String>,
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
    /// What the operator is after: `political`, `economic`, `repressive`.
    #[serde(default)]
    pub aim: String,
    /// Family of its operator.
    #[serde(default)]
    pub family: String,
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
    /// How the intruder works: `plain`, `replayed_token`, `application`,
    /// `mimicked_client`, `delegate`, `files`, `older_than_logs`,
    /// `call_records`.
    #[serde(default)]
    pub method: String,
    /// Sittings, six hours or more apart.
    #[serde(default)]
    pub sessions: usize,
    /// Days of the longest pause between two records.
    #[serde(default)]
    pub longest_gap_days: f64,
    /// Days between two sittings, the median.
    #[serde(default)]
    pub usual_gap_days: f64,
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
