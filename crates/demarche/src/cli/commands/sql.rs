//! `demarche sql`: any question; reads only.

use std::path::PathBuf;

use crate::case::query;
use crate::cli::exit::{Failure, Status};
use crate::cli::{OutputFormat, width, with_stdout};

/// Ask any question of the tables, or straight of evidence files; reads only
///
/// A file is named in quotes: demarche sql "select subject from 'archive.mbox'".
/// Words are looked up in the text index of the case, a table of message_uid:
/// select subject from messages where message_uid in
/// (select message_uid from text_search('committee "next week" -draft wahl*')).
/// Columns named like SQL words are quoted: select "from", "to" from messages.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Arguments {
    /// A SELECT query
    query: String,
    /// The case whose tables are asked; none to ask files only
    #[arg(long, value_name = "DIR")]
    case: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    with_stdout(|out| {
        let case = arguments.case.as_deref();
        Ok(query::sql(case, &arguments.query, arguments.format.into(), width(), out)?)
    })
}
