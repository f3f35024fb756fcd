//! `demarche report`: the signed dossier.

use std::path::PathBuf;

use crate::case::report::{Reported, Request, report};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;
use crate::cli::{default_key, with_stdout};

/// Write the signed dossier of the last run
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Where the dossier goes [default: CASE/dossier]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The signer's key, made on first need [default: in your configuration folder]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The evidence as it was ingested, to hash every source again
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let request = Request {
        out: arguments.out.clone().unwrap_or_else(|| arguments.case.join("dossier")),
        key: arguments.key.clone().unwrap_or_else(default_key),
        evidence: arguments.evidence.clone(),
    };
    let reported = report(&arguments.case, &request, &|progress| bars.show(progress))?;
    tell_changed(&reported);
    with_stdout(|out| Ok(writeln!(out, "{}", reported.written.html.display())?))
}

/// Says on standard error what is no longer as it was ingested.
pub(in crate::cli) fn tell_changed(reported: &Reported) {
    for line in &reported.changed {
        eprintln!("warning: source {line}");
    }
}
