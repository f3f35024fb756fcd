//! What analysis reads: rows of the lake, and indexes over the steering tables.

mod context;
mod networks;
mod roster;

pub use context::Context;
pub use networks::Networks;
pub use roster::Roster;

use demarche_core::{EvidenceRef, MailFeatures, MessageUid, UtcMicros};
use serde::{Deserialize, Serialize};

/// A message in a mailbox, duplicates removed, with its features. Bodies stay in the lake.
/// Fields are named like the columns of `messages`, so that a row is read as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MailRow {
    /// Identity; a message sent to two mailboxes is two rows with one uid.
    pub message_uid: MessageUid,
    /// Mailbox it lay in, lower case.
    pub mailbox: String,
    /// Message-ID without `<>`.
    pub message_id: String,
    /// Sender, lower case.
    pub from: String,
    /// Display name of the sender.
    pub from_name: String,
    /// `Reply-To`, lower case.
    pub reply_to: Vec<String>,
    /// `Return-Path`, lower case.
    pub return_path: String,
    /// `To`, lower case.
    pub to: Vec<String>,
    /// `Cc`, lower case.
    pub cc: Vec<String>,
    /// Delivery headers, lower case.
    pub delivered_to: Vec<String>,
    /// Sent, by the sender's clock.
    pub date: Option<UtcMicros>,
    /// Zone of `date`, minutes east.
    pub date_offset_minutes: Option<i32>,
    /// Taken in, by the institution's clock.
    pub received: Option<UtcMicros>,
    /// Decoded subject.
    pub subject: String,
    /// Ids it answers.
    pub in_reply_to: Vec<String>,
    /// Language code; empty when unsure.
    pub language: String,
    /// Where it is.
    pub evidence: EvidenceRef,
    /// Its features: another table of the lake, put in by whoever reads both.
    #[serde(skip)]
    pub features: MailFeatures,
}

impl MailRow {
    /// Event time: `received` where known (the sender can set `date` at will), else `date`.
    #[must_use]
    pub fn time(&self) -> Option<UtcMicros> {
        self.received.or(self.date)
    }
}
