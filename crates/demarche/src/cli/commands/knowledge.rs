//! `demarche knowledge`: what is known of intrusion sets.

use std::path::PathBuf;

use crate::case::{CaseError, query};
use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

/// Build the knowledge file from ATT&CK STIX and MISP galaxy files
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read ATT&CK STIX and MISP galaxy files, in any containers, and write their facts:
    /// ids, names, aliases and relations, no descriptions
    Build {
        /// Files and folders
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Where to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let Action::Build { files, out } = &arguments.action;
    let (knowledge, counts, problems) = query::build_knowledge(files)?;
    for problem in &problems {
        eprintln!("warning: {problem}");
    }
    let json = knowledge.to_json();
    eprintln!(
        "{} documents, {} of them of no known kind; {} objects unreadable; snapshot {}",
        counts.documents,
        counts.ignored,
        counts.unreadable_objects,
        knowledge.snapshot_label()
    );
    match out {
        None => with_stdout(|out| Ok(writeln!(out, "{json}")?)),
        Some(path) => {
            std::fs::write(path, json)
                .map_err(|error| CaseError::File { path: path.display().to_string(), error })?;
            Ok(Status::Done)
        }
    }
}
