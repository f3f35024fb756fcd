//! From bytes to records: one directory a format family, one line in [`FORMATS`] a format.
//!
//! A reader never fails for bad evidence: it hands on the records it could read and an
//! anomaly for each part it could not. [`ReadError`] ends a member early; what was
//! handed on before it stays.

pub mod calls;
pub mod dns;
mod lines;
pub mod m365;
pub mod mail;
mod registry;
pub mod tables;
pub mod web;

pub use registry::{FORMATS, Format, ReadError, Sink, read_member, sniff};
