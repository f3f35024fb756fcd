//! How often the ranking is right, on reports held out.
//!
//! Three sets of questions. *Leave one report out*: a citation that one intrusion set alone
//! uses, with at least five of its techniques, the set keeping at least five others; the
//! profile is what the report says, and a relation is hidden only if that report is its sole
//! citation. *Temporal*: known is what has a citation dated before 2022, asked are such
//! reports of 2022 or later about sets of which at least five techniques were known.
//! *Campaigns*: ATT&CK's attributed campaigns; the campaign and every relation that shares a
//! citation with it are dropped.
//!
//! *Earlier years*: the temporal question put in 2016 to 2021, for the fit.
//!
//! The few weights are fitted on reports before 2022. A report of the first set of questions
//! is ranked with weights fitted without its fold, so no question is answered by a fit that
//! saw it; the temporal ones never enter a fit at all.
//!
//! A rank is the place among the named sets in the order the product prints; `unknown` is
//! no candidate, because every question here is about a known set. How well `unknown` is
//! told is asked apart, with the true set removed.

mod cases;
pub mod fit;
mod flags;
mod questions;
mod report;
mod table;

pub use cases::{
    Case, FOLDS, campaign_cases, fold, is_training, report_cases, rolling_cases, temporal_cases,
};
pub use flags::{FalseFlags, false_flags};
pub use questions::{Question, Questions};
pub use report::{Baseline, Bin, Figures, KnownPart, Pooled, Report, Unknown, evaluate};

#[cfg(test)]
mod tests;
