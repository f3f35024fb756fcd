//! `demarche show`: any table of the contract.

use std::path::PathBuf;

use crate::case::{self, CaseError, query};
use crate::cli::exit::{Failure, Status};
use crate::cli::{OutputFormat, width, with_stdout};

/// Print a table
///
/// Tables: messages, events, fetches, calls, record_lookups, observables, findings,
/// waves, campaigns, exposures, intrusions, hypotheses, ach, claims, judgements,
/// designations, coverage, anomalies, occurrences, sources, roster.
/// `show account ADDRESS` tells one account's life instead, as text or JSON.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Arguments {
    /// The table's name, or `account`
    table: String,
    /// With `account`: an address, mailbox or number
    name: Option<String>,
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
    match (arguments.table.as_str(), &arguments.name) {
        ("account", Some(name)) => return account(arguments, name),
        ("account", None) => Err(CaseError::Usage {
            what: "which account?".to_owned(),
            hint: "demarche show account ADDRESS --case DIR".to_owned(),
        })?,
        (_, Some(name)) => Err(CaseError::Usage {
            what: format!("`{name}` after a table's name"),
            hint: "rows of a table are chosen with `demarche sql`".to_owned(),
        })?,
        _ => {}
    }
    let (case, table, words) = (&arguments.case, &arguments.table, arguments.words.as_deref());
    with_stdout(|out| Ok(query::show(case, table, words, arguments.format.into(), width(), out)?))
}

fn account(arguments: &Arguments, name: &str) -> Result<Status, Failure> {
    if matches!(arguments.format, OutputFormat::Csv) {
        Err(CaseError::Usage {
            what: "an account's life is no table".to_owned(),
            hint: "print it as text, json or jsonl".to_owned(),
        })?;
    }
    let life = case::account::account(&arguments.case, name)?;
    with_stdout(|out| {
        match arguments.format {
            OutputFormat::Text => {
                write!(out, "{}", demarche_dossier::account::screen(&life, width().min(120)))?;
            }
            OutputFormat::Json => writeln!(out, "{:#}", json(&life)?)?,
            _ => writeln!(out, "{}", json(&life)?)?,
        }
        Ok(())
    })
}

fn json(life: &demarche_dossier::account::Life) -> Result<serde_json::Value, std::io::Error> {
    serde_json::to_value(life).map_err(std::io::Error::other)
}
