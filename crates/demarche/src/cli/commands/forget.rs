//! `demarche forget`: withdrawn consent.

use std::path::PathBuf;

use crate::case::forget::forget;
use crate::cli::exit::{Failure, Status};

/// Take a source and all that came from it out of the case
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Its path as `show sources` prints it, or its SHA-256 (eight digits are enough)
    source: String,
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let gone = forget(&arguments.case, &arguments.source)?;
    for source in &gone {
        let records: u64 = source.read.values().sum();
        eprintln!("forgot `{}`: {records} records", source.path);
    }
    eprintln!(
        "what was derived went too, dossiers in the case folder among it; copies elsewhere are not \
         reached. Run `demarche investigate --case {}` to derive it again",
        arguments.case.display()
    );
    Ok(Status::Done)
}
