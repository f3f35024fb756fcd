//! What a long step says while it runs; the command line draws it.

/// One thing to show.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A step begins; `total` bytes or items, 0 when not known.
    Begin(Step, u64),
    /// So many more of them are done.
    Advance(u64),
    /// The step is done.
    End,
}

/// The steps that take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Hashing sources (bytes).
    Hash,
    /// Reading sources (bytes).
    Read,
    /// Looking into attachments (bytes of sources).
    Deep,
    /// Matching rules and indicators.
    Detect,
    /// Finding waves and campaigns.
    Campaigns,
    /// Finding intrusions.
    Intrusions,
    /// Weighing hypotheses.
    Hypotheses,
    /// Opening cited bytes again (references).
    Verify,
    /// Opening stored messages again (messages).
    Reopen,
    /// Making tables quick to ask.
    Prepare,
}
