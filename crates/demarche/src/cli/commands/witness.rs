//! `demarche witness`: cosignatures of others on a dossier's checkpoint.

use std::path::PathBuf;

use demarche_core::custody;
use demarche_dossier::{PublicKey, add_cosignature, cosign, witness_request};

use crate::case::CaseError;
use crate::cli::exit::{Failure, Status};
use crate::cli::keys::SignerArguments;
use crate::cli::{read_file, with_stdout, write_file};

/// Have others sign that they saw this dossier's checkpoint (C2SP cosignatures)
///
/// A witness sees the checkpoint alone: a number of records and one hash, nothing of what
/// they say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write the request for a witness, in the form of c2sp.org/tlog-witness
    Request {
        /// The dossier's folder
        dossier: PathBuf,
        /// Where the request goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Be a witness: sign the checkpoint of a request, with the time
    Cosign {
        /// The request, or the checkpoint itself
        request: PathBuf,
        /// Where the signature line goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        signer: SignerArguments,
    },
    /// Add a witness's line to the dossier
    Add {
        /// The dossier's folder
        dossier: PathBuf,
        /// The witness's answer
        answer: PathBuf,
        /// The witness's public key
        #[arg(long, value_name = "FILE")]
        witness: PathBuf,
    },
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    match &arguments.action {
        Action::Request { dossier, out } => {
            let request = witness_request(dossier).map_err(CaseError::from)?;
            write_file(out, request.as_bytes())?;
            with_stdout(|stdout| Ok(writeln!(stdout, "{}", out.display())?))
        }
        Action::Cosign { request, out, signer } => {
            let text = read_file(request)?;
            let text = String::from_utf8_lossy(&text);
            // Behind the first empty line where it is a request, else the note itself.
            let note = match text.strip_prefix("old ") {
                Some(rest) => rest.split_once("\n\n").map_or("", |(_, note)| note),
                None => &text,
            };
            let time = u64::try_from(custody::stamp().seconds()).unwrap_or_default();
            let line = cosign(note, &signer.signer()?, time)
                .map_err(|error| CaseError::from(demarche_dossier::BundleError::from(error)))?;
            write_file(out, line.as_bytes())?;
            with_stdout(|stdout| Ok(write!(stdout, "{line}")?))
        }
        Action::Add { dossier, answer, witness } => {
            let witness = PublicKey::read(witness).map_err(CaseError::from)?;
            let answer = read_file(answer)?;
            let added = add_cosignature(dossier, &String::from_utf8_lossy(&answer), &witness)
                .map_err(CaseError::from)?;
            with_stdout(|out| Ok(writeln!(out, "{} at {}", added.name, added.time)?))
        }
    }
}
