//! `demarche attribute-profile`: profiles in, ranked intrusion sets out.

use std::io::BufRead;
use std::path::PathBuf;

use demarche_analysis::attribution::attribute_profile_line;

use crate::case::{CaseError, query};
use crate::cli::exit::{Failure, Status};
use crate::cli::{OutputFormat, with_stdout};

/// Rank intrusion sets for profiles on standard input, one JSON object a line
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// A knowledge file, or a folder or archive of ATT&CK and MISP galaxy files
    #[arg(long, value_name = "PATH")]
    knowledge: Option<PathBuf>,
    /// JSON lines in every case; here so that scripts can say so
    #[arg(long, value_enum, default_value_t = OutputFormat::Jsonl)]
    format: OutputFormat,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let knowledge = match &arguments.knowledge {
        Some(path) if path.is_dir() => query::build_knowledge(std::slice::from_ref(path))?.0,
        path => query::knowledge(path.as_deref())?,
    };
    with_stdout(|out| {
        for (number, line) in std::io::stdin().lock().lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let ranked =
                attribute_profile_line(&knowledge, &line).map_err(|error| CaseError::Usage {
                    what: format!("profile on line {}: {error}", number + 1),
                    hint: r#"one object a line: {"techniques": ["T1566.002"], "software": []}"#
                        .to_owned(),
                })?;
            writeln!(out, "{ranked}")?;
        }
        Ok(())
    })
}
