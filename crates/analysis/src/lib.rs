//! What the records mean: waves and campaigns, intrusions, hypotheses.
//!
//! Pure functions from rows to rows: no files, no tables, no clock, no network. Every
//! weight is a log-likelihood ratio with the evidence it rests on.

pub mod attribution;
pub mod campaign;
pub mod coverage;
pub mod input;
pub mod intrusion;
