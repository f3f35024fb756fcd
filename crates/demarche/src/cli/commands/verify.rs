//! `demarche verify`: anyone checks a dossier, offline.

use std::path::PathBuf;

use demarche_dossier::PublicKey;

use crate::case::CaseError;
use crate::case::verify::{Checked, check, cited_in_case};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;

/// Failures that are printed; the rest is counted.
const SHOWN: usize = 50;

/// Check a dossier: signature, hashes and, with the evidence, every cited byte range
///
/// Given a case folder instead of a dossier, with --evidence: opens every byte range
/// that any record of the case cites.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Arguments {
    /// The dossier's folder, or a case folder
    dossier: PathBuf,
    /// The signer's public key, from a source you trust
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where the evidence lies
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let show = |progress| bars.show(progress);
    let mut failures = Vec::new();
    let is_case = arguments.dossier.join("CURRENT").is_file();
    let cited = if is_case {
        crate::case::custody(&arguments.dossier).verify().map_err(CaseError::from)?;
        cited_in_case(&arguments.dossier)?
    } else {
        let key = match &arguments.key {
            Some(path) => Some(PublicKey::read(path).map_err(CaseError::from)?),
            None => None,
        };
        let found = demarche_dossier::verify(&arguments.dossier, key.as_ref());
        eprintln!(
            "{} files, {} records, signed by {}",
            found.files,
            found.records,
            found.signed_by.join(", ")
        );
        failures.extend(found.failures);
        match demarche_dossier::cited_in(&arguments.dossier) {
            Ok(cited) => cited,
            Err(error) => {
                failures.push(error.to_string());
                Vec::new()
            }
        }
    };
    if !arguments.evidence.is_empty() {
        let Checked { held, failures: more, withheld } = check(&cited, &arguments.evidence, &show)?;
        eprintln!("{held} cited byte ranges hold; {withheld} lie in sources not given");
        failures.extend(more);
    } else if is_case {
        eprintln!("{} cited byte ranges not opened: give --evidence", cited.len());
    }
    for failure in failures.iter().take(SHOWN) {
        eprintln!("failed: {failure}");
    }
    if failures.len() > SHOWN {
        eprintln!("failed: and {} more", failures.len() - SHOWN);
    }
    Ok(if failures.is_empty() { Status::Done } else { Status::CheckFailed })
}
