//! `demarche timestamp`: RFC 3161, by files that a person carries.

use std::path::PathBuf;

use demarche_dossier::{add_time, roots_from, time_request};

use crate::case::CaseError;
use crate::cli::exit::{Failure, Status};
use crate::cli::{read_file, with_stdout, write_file};

/// Ask a time-stamping authority when this dossier was there, by files
///
/// The request is carried to the authority by whoever may; this program sends nothing.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write the request (RFC 3161, DER) for an authority
    Request {
        /// The dossier's folder
        dossier: PathBuf,
        /// Where the request goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A short name for the authority
        #[arg(long, default_value = "tsa")]
        name: String,
    },
    /// Take the authority's response into the dossier
    Add {
        /// The dossier's folder
        dossier: PathBuf,
        /// The response (RFC 3161, DER)
        response: PathBuf,
        /// The name that the request was made under
        #[arg(long, default_value = "tsa")]
        name: String,
        /// The authority's root certificate (PEM or DER); without it the way to a root is
        /// left to the one who verifies
        #[arg(long, value_name = "FILE")]
        tsa_root: Vec<PathBuf>,
    },
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    match &arguments.action {
        Action::Request { dossier, out, name } => {
            let request = time_request(dossier, name).map_err(CaseError::from)?;
            write_file(out, &request)?;
            eprintln!("carry it to the authority; then: demarche timestamp add DOSSIER RESPONSE");
            with_stdout(|stdout| Ok(writeln!(stdout, "{}", out.display())?))
        }
        Action::Add { dossier, response, name, tsa_root } => {
            let roots = roots(tsa_root)?;
            let response = read_file(response)?;
            let token = add_time(dossier, name, &response, &roots).map_err(CaseError::from)?;
            let how = if token.trusted { "" } else { " (not checked up to a root: --tsa-root)" };
            with_stdout(|out| Ok(writeln!(out, "{} {}{how}", token.time, token.authority)?))
        }
    }
}

/// Root certificates of all files.
pub(in crate::cli) fn roots(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut roots = Vec::new();
    for path in files {
        let bytes = read_file(path)?;
        roots.extend(roots_from(&bytes).map_err(CaseError::from)?);
    }
    Ok(roots)
}
