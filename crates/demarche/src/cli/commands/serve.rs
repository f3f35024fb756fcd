//! `demarche serve`: the workbench in a browser.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;
use crate::server::{Options, serve};

/// Open the case in a browser, on this machine only
///
/// Prints a link that opens a session, once. Runs until interrupted.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Where to listen: a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8788")]
    listen: SocketAddr,
    /// Where the evidence lies, to show cited bytes as they stand in it
    #[arg(long, value_name = "DIR")]
    evidence: Vec<PathBuf>,
    /// The signer's key for dossiers [default: in your configuration folder]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Who decides: stands at every decision [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let options = Options {
        case: arguments.case.clone(),
        listen: arguments.listen,
        evidence: arguments.evidence.clone(),
        key: arguments.key.clone(),
        by: arguments.by.clone(),
    };
    let mut told = Ok(Status::Done);
    serve(&options, |link| {
        eprintln!("open this link in a browser; it works once. End with Ctrl-C");
        told = with_stdout(|out| Ok(writeln!(out, "{link}")?));
    })?;
    told
}
