//! Who may be behind a campaign: every known intrusion set and "unknown", weighed.
//!
//! Three steps. [`knowledge`] turns ATT&CK and MISP galaxy files into facts: ids,
//! names, relations, who cited them and when. [`scoring`] ranks all intrusion sets and
//! `unknown` for a profile of techniques and software, at a stated prior.
//! [`hypothesis`] makes the rows an institution reads: tiers kept apart, what speaks
//! against beside what speaks for, and what *others assess* never counted as found here.
//!
//! Attribution from public technique lists is weak, and [`eval`] says how weak on
//! reports that were held out. Techniques are one class of evidence, so they never
//! attribute alone: see [`hypothesis::MAX_SINGLE_CLASS`].

pub mod eval;
pub mod hypothesis;
pub mod knowledge;
pub mod scoring;

pub use hypothesis::{CampaignProfile, HypothesisPrior, TechniqueSeen, hypothesise, sensitivity};
pub use knowledge::{Builder, Knowledge, KnowledgeError};
pub use scoring::{Profile, RankOptions, Ranked, Ranking, attribute_profile_line, rank};
