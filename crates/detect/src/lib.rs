//! Rules and indicators over normalised records: what matched, where, and which
//! technique it speaks for. Nothing here decides that an account was broken into;
//! a finding is one observation that the analysis weighs.

pub mod indicators;
pub mod sigma;
pub mod yara;
