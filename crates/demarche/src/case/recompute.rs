//! The same run once more: `verify --recompute` reads the evidence into a case that goes
//! away again, with the same version of the program, and compares record for record.

use std::path::{Path, PathBuf};

use demarche_core::Probability;
use demarche_core::custody::CustodyLog;
use demarche_core::terms::PHIA;
use demarche_dossier::{Report, report_in};
use serde_json::Value;

use super::analyse::{self, analyse};
use super::ingest::{self, ingest};
use super::{CaseError, Parameters, Progress, decisions, documents, mandate, report};

/// What the run is made from again: the evidence, and the files that steered it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// As it was handed in.
    pub evidence: Vec<PathBuf>,
    /// Rules, indicators and knowledge.
    pub steering: analyse::Request,
    /// The decisions that people had made: a case's folder or its `decisions.sqlite`.
    pub decisions: Option<PathBuf>,
    /// Statements and lists that had been imported.
    pub statements: Vec<PathBuf>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Recomputed {
    /// One line for each record that comes out otherwise.
    pub differing: Vec<String>,
    /// Findings that were taken as they stand: later hunts are not run again.
    pub taken: usize,
}

impl Recomputed {
    fn not(why: String) -> Self {
        Self { differing: vec![why], taken: 0 }
    }
}

/// Runs it again and compares; a single line says why where the run cannot be compared.
///
/// # Errors
/// What dossier or evidence say; a difference is no error.
pub fn recompute(
    dossier: &Path,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Recomputed, CaseError> {
    let stored = report_in(dossier)?;
    let own = env!("CARGO_PKG_VERSION");
    if stored.tool_version != own {
        return Ok(Recomputed::not(format!(
            "not recomputed: the dossier is of demarche {}, this is {own}; only the same version \
             gives the same records",
            demarche_dossier::inert(&stored.tool_version, 40)
        )));
    }
    if !stored.redacted_by.is_empty() {
        let why = "not recomputed: a redacted dossier withholds records";
        return Ok(Recomputed::not(why.to_owned()));
    }
    if !stored.decided.head.is_empty() && request.decisions.is_none() {
        return Ok(Recomputed::not(format!(
            "not recomputed: the run stands on {} decisions of people, too: hand in the case's \
             file (--decisions decisions.sqlite) and the statements imported (--statements PATH)",
            stored.decided.count
        )));
    }
    let scratch = super::query::Scratch::new("recompute")?;
    let case = scratch.path().join("case");
    let consent_on_file = consent(dossier)?;
    ingest(
        &case,
        &ingest::Request {
            evidence: request.evidence.clone(),
            consent_on_file,
            ..ingest::Request::default()
        },
        progress,
    )?;
    if let Some(from) = &request.decisions {
        let missing = documents::adopt(&case, from, &request.statements)?;
        if let Some(first) = missing.first() {
            return Ok(Recomputed::not(format!("not recomputed: {first}")));
        }
        let head = decisions::head(&decisions::read(&case)?).to_owned();
        if head != stored.decided.head {
            return Ok(Recomputed::not(format!(
                "not recomputed: these decisions end at {head}, those of the run at {}",
                demarche_dossier::inert(&stored.decided.head, 64)
            )));
        }
    }
    let steering = analyse::Request {
        parameters: parameters(&stored),
        phia: stored.hypotheses.first().is_some_and(|row| row.term_scale == PHIA),
        ..request.steering.clone()
    };
    let analysed = analyse(&case, &steering, progress)?;
    if analysed.run_id != stored.run_id {
        return Ok(Recomputed::not(format!(
            "not the same run: {} instead of {}: other sources, rules, indicators, knowledge or \
             parameters went in",
            analysed.run_id,
            demarche_dossier::inert(&stored.run_id, 60)
        )));
    }
    let made = report::again(&case, analysed.run_id, &stored)?;
    let taken = stored.hunts.iter().map(|hunt| hunt.findings.len()).sum();
    Ok(Recomputed { differing: demarche_dossier::differing_records(dossier, &made)?, taken })
}

/// Who vouched for consent when the evidence was read.
fn consent(dossier: &Path) -> Result<Option<String>, CaseError> {
    let log = CustodyLog::at(dossier.join("data/custody.jsonl"));
    let entries = log.verify()?;
    let stated = entries.iter().rev().filter(|entry| entry.action == "ingest");
    Ok(stated
        .filter_map(|entry| mandate::detail(entry).get("consent_on_file").and_then(Value::as_str))
        .map(str::to_owned)
        .next())
}

/// Priors and floors as the report states them.
fn parameters(report: &Report) -> Parameters {
    let number = |name: &str| -> Option<Probability> {
        report.parameters.get(name)?.parse().ok().map(Probability::new)
    };
    Parameters {
        wave_prior: number("wave prior"),
        wave_floor: number("wave floor"),
        without_links: Parameters::left_out(report.parameters.keys()),
        intrusion_prior: number("intrusion prior"),
        lookup_prior: number("lookup prior"),
        intrusion_floor: number("intrusion floor"),
        unknown_prior: number("unknown prior"),
    }
}
