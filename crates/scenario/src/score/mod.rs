//! Scores of cases against the truth of their worlds.
//!
//! A found wave or intrusion is one that the product holds "likely",
//! probability 0.55 or more (ICD 203). Waves are matched one to one by the
//! Jaccard index of their Message-IDs, at least half; intrusions by account,
//! kind and interval, intersection over union at least half. A false wave is
//! a found one with less than half of its messages from the attack. Shares
//! come with Wilson's interval, counts with Byar's.

pub mod access;
pub mod burst;
pub mod figures;
pub mod issue;
pub mod report;
pub mod stats;
pub mod tables;

use std::path::PathBuf;

/// Why a case could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The product did not start.
    #[error("cannot run {}: {source}", program.display())]
    Spawn {
        /// Which program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The product could not show a table.
    #[error("show {table} ended with {status}: {message}")]
    Show {
        /// Table.
        table: String,
        /// Exit status.
        status: String,
        /// Its standard error.
        message: String,
    },
    /// A row is not as the contract says.
    #[error("{table} line {line}: {source}")]
    Row {
        /// Table.
        table: String,
        /// Line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// The truth has no line of kind `world`.
    #[error("truth without a world line")]
    NoWorld,
}

/// "Likely" of ICD 203.
pub const LIKELY: f64 = 0.55;
/// "Almost certain" of ICD 203.
pub const ALMOST_CERTAIN: f64 = 0.95;

#[cfg(test)]
mod issue_tests;
#[cfg(test)]
mod tests;
