//! `demarche verify`: anyone checks a dossier, offline.

use std::path::PathBuf;

use demarche_core::EvidenceRef;
use demarche_dossier::{PublicKey, Trust};

use crate::case::verify::{Checked, check, cited_in_case};
use crate::case::{CaseError, analyse, recompute};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;

/// Failures that are printed; the rest is counted.
const SHOWN: usize = 50;

/// Check a dossier, offline: signature, records, files and, with the evidence, every range
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
    /// Where the evidence lies: every cited range is opened again
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,
    /// Run the same version again over the evidence and compare record for record
    #[arg(long, requires = "evidence")]
    recompute: bool,
    /// Public key of a witness whose cosignature must be there
    #[arg(long, value_name = "FILE")]
    witness: Vec<PathBuf>,
    /// Root certificates (PEM or DER) that every time stamp must lead to
    #[arg(long, value_name = "FILE")]
    tsa_root: Vec<PathBuf>,
    /// With --recompute: the rules that the run was given
    #[arg(long, value_name = "DIR", requires = "recompute")]
    rules: Option<PathBuf>,
    /// With --recompute: the indicator lists that the run was given
    #[arg(long, value_name = "FILE", requires = "recompute")]
    iocs: Vec<PathBuf>,
    /// With --recompute: the knowledge file that the run was given
    #[arg(long, value_name = "FILE", requires = "recompute")]
    knowledge: Option<PathBuf>,
    /// With --recompute: people's decisions under the run, the case's `decisions.sqlite`
    #[arg(long, value_name = "FILE", requires = "recompute")]
    decisions: Option<PathBuf>,
    /// With --recompute: the statements and lists that were imported
    #[arg(long, value_name = "PATH", requires = "decisions")]
    statements: Vec<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let show = |progress| bars.show(progress);
    let is_case = arguments.dossier.join("CURRENT").is_file();
    let (cited, mut failures) = if is_case {
        crate::case::custody(&arguments.dossier).verify().map_err(CaseError::from)?;
        (cited_in_case(&arguments.dossier)?, Vec::new())
    } else {
        dossier(arguments)?
    };
    if !arguments.evidence.is_empty() {
        let Checked { held, failures: more, withheld } = check(&cited, &arguments.evidence, &show)?;
        eprintln!("{held} cited byte ranges hold; {withheld} lie in sources not given");
        failures.extend(more);
    } else if is_case {
        eprintln!("{} cited byte ranges not opened: give --evidence", cited.len());
    }
    if arguments.recompute && !is_case {
        let request = recompute::Request {
            evidence: arguments.evidence.clone(),
            steering: analyse::Request {
                rules: arguments.rules.clone(),
                indicators: arguments.iocs.clone(),
                knowledge: arguments.knowledge.clone(),
                ..analyse::Request::default()
            },
            decisions: arguments.decisions.clone(),
            statements: arguments.statements.clone(),
        };
        let again = recompute::recompute(&arguments.dossier, &request, &show)?;
        if again.taken > 0 {
            eprintln!("{} findings of later hunts are taken as they stand", again.taken);
        }
        if again.differing.is_empty() {
            eprintln!("the same version gives the same records again");
        }
        failures.extend(again.differing);
    }
    for failure in failures.iter().take(SHOWN) {
        eprintln!("failed: {failure}");
    }
    if failures.len() > SHOWN {
        eprintln!("failed: and {} more", failures.len() - SHOWN);
    }
    Ok(if failures.is_empty() { Status::Done } else { Status::CheckFailed })
}

/// Checks a dossier; what it cites, and what is wrong with it.
fn dossier(arguments: &Arguments) -> Result<(Vec<EvidenceRef>, Vec<String>), Failure> {
    let read = |path: &PathBuf| PublicKey::read(path).map_err(CaseError::from);
    let key = arguments.key.as_ref().map(read).transpose()?;
    let witnesses = arguments.witness.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let roots = super::timestamp::roots(&arguments.tsa_root)?;
    let trust = Trust { key: key.as_ref(), witnesses: &witnesses, roots: &roots };
    let found = demarche_dossier::verify_with(&arguments.dossier, &trust);
    eprintln!(
        "{} files, {} records, signed by {}",
        found.files,
        found.records,
        found.signed_by.join(", ")
    );
    if found.withheld > 0 {
        eprintln!("redacted: {} records of the whole dossier are withheld", found.withheld);
    }
    for line in &found.vouched {
        eprintln!("{line}");
    }
    let mut failures = found.failures;
    let cited = if arguments.evidence.is_empty() {
        Vec::new()
    } else {
        demarche_dossier::cited_in(&arguments.dossier).unwrap_or_else(|error| {
            failures.push(error.to_string());
            Vec::new()
        })
    };
    Ok((cited, failures))
}
