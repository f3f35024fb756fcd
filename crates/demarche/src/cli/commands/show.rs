//! `demarche show`: any table of the contract.

use std::path::PathBuf;

use crate::case::query;
use crate::cli::exit::{Failure, Status};
use crate::cli::{OutputFormat, width, with_stdout};

/// Print a table
///
/// Tables: messages, events, fetches, calls, record_lookups, observables, findings,
/// waves, campaigns, exposures, intrusions, hypotheses, ach, claims, judgements,
/// designations, coverage, anomalies, occurrences, sources, roster.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Arguments {
    /// The table's name
    table: String,
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Only messages (or occurrences) that hold all these words: "a phrase", -without, begin*
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (case, table, words) = (&arguments.case, &arguments.table, arguments.words.as_deref());
    with_stdout(|out| Ok(query::show(case, table, words, arguments.format.into(), width(), out)?))
}
