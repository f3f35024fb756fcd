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
//! A rank is the place among the named sets in the order the product prints; `unknown` is
//! no candidate, because every question here is about a known set. How well `unknown` is
//! told is asked apart, with the true set removed.

mod cases;
pub mod fit;
mod report;
mod table;

pub use cases::{Case, campaign_cases, is_training, report_cases, temporal_cases};
pub use report::{Baseline, Bin, Figures, Report, Unknown, evaluate};

#[cfg(test)]
mod tests;
