//! From bytes to records: one directory a format family, one line in [`FORMATS`] a format.
//!
//! A reader never fails for bad evidence: it hands on the records it could read and an
//! anomaly for each part it could not. [`ReadError`] ends a member early; what was
//! handed on before it stays.

mod audit;
pub mod ber;
pub mod box_events;
pub mod calls;
pub mod cloudtrail;
pub mod dns;
pub mod dropbox;
pub mod enrichment;
pub mod entra;
pub mod evtx;
pub mod exchange_server;
pub mod exchange_trace;
pub mod git;
pub mod google_workspace;
pub mod iis;
pub mod inbox_rules;
mod json;
mod lines;
pub mod m365;
pub mod mail;
#[cfg(test)]
mod nothing_lost;
pub mod okta;
pub mod outlook;
pub mod pgaudit;
mod registry;
mod serverlog;
pub mod tables;
mod timestamp;
/// The format of `docs/adding/reader.md`, to show that the page holds.
#[cfg(test)]
pub mod toy;
#[cfg(test)]
mod walkthrough;
pub mod web;

pub use registry::{FORMATS, Format, ReadError, Sink, read_member, sniff};
