//! What the run that holds was steered by, so that it can be made again, and which
//! decisions it does not know yet.
//!
//! `steering.json` is a note for repeating a run, no part of it: without the file, or where
//! it speaks of another run, a run is made again with the program's own rules and priors.

use std::path::{Path, PathBuf};

use demarche_lake::Lake;
use serde::{Deserialize, Serialize};

use super::decisions::{self, Decision, in_force};
use super::links::Links;
use super::{CaseError, Parameters, analyse};

/// Kinds of decisions that no table depends on.
const BESIDE: [&str; 1] = [super::notes::NOTE];

/// The note.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Steering {
    /// Of the analysis.
    base_run: String,
    /// Number of the last decision that the tables know.
    decision: u64,
    /// Digest of the joins and splits of waves that the analysis knows.
    links: String,
    rules: Option<PathBuf>,
    indicators: Vec<PathBuf>,
    knowledge: Option<PathBuf>,
    phia: bool,
    parameters: Parameters,
}

/// What the tables do not know yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Decisions since the tables were written that change some of them.
    pub decisions: u64,
    /// Whether waves must be linked anew; else stating the tables again is enough.
    pub analysis: bool,
    /// Whether the run can be repeated as it was steered, as far as is known.
    pub repeatable: bool,
}

fn path(case: &Path) -> PathBuf {
    case.join("steering.json")
}

fn read(case: &Path) -> Option<Steering> {
    let bytes = super::query::read_steering(&path(case)).ok()?;
    let steering: Steering = serde_json::from_slice(&bytes).ok()?;
    let manifest = Lake::open(case).ok()?.manifest().clone();
    let base = manifest.base_run.or(manifest.run)?;
    (steering.base_run == base).then_some(steering)
}

fn write(case: &Path, steering: &Steering) -> Result<(), CaseError> {
    let path = path(case);
    let error = |error| CaseError::File { path: path.display().to_string(), error };
    let bytes = serde_json::to_vec_pretty(steering).map_err(|e| error(e.into()))?;
    let part = path.with_extension("part");
    std::fs::write(&part, bytes).map_err(error)?;
    std::fs::rename(&part, &path).map_err(error)
}

/// Notes an analysis that was committed.
pub(super) fn analysed(
    case: &Path,
    base_run: &str,
    request: &analyse::Request,
    all: &[Decision],
) -> Result<(), CaseError> {
    // Another command may be run from another folder.
    let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    write(
        case,
        &Steering {
            base_run: base_run.to_owned(),
            decision: all.len() as u64,
            links: Links::among(&in_force(all.to_vec())).digest(),
            rules: request.rules.as_ref().map(whole),
            indicators: request.indicators.iter().map(whole).collect(),
            knowledge: request.knowledge.as_ref().map(whole),
            phia: request.phia,
            parameters: request.parameters,
        },
    )
}

/// Notes that the tables know the decisions made so far.
pub(super) fn restated(case: &Path, all: &[Decision]) -> Result<(), CaseError> {
    let Some(mut steering) = read(case) else { return Ok(()) };
    steering.decision = all.len() as u64;
    write(case, &steering)
}

/// How the run that holds can be made again.
#[must_use]
pub fn again(case: &Path) -> analyse::Request {
    let steering = read(case).unwrap_or_default();
    analyse::Request {
        rules: steering.rules,
        indicators: steering.indicators,
        knowledge: steering.knowledge,
        parameters: steering.parameters,
        phia: steering.phia,
    }
}

/// Which decisions the tables do not know.
fn pending(case: &Path, all: &[Decision]) -> Pending {
    let steering = read(case);
    let repeatable = steering.is_some();
    let steering = steering.unwrap_or_default();
    let counts = |decision: &&Decision| {
        // What a row takes back says what it is about.
        let kind = decision.detail["kind"].as_str().unwrap_or(&decision.kind);
        decision.number > steering.decision && !BESIDE.contains(&kind)
    };
    let links = Links::among(&in_force(all.to_vec())).digest();
    Pending {
        decisions: all.iter().filter(counts).count() as u64,
        analysis: links != steering.links,
        repeatable,
    }
}

/// The decisions of a case with what is pending of them.
///
/// # Errors
/// What the decisions' file says.
pub fn decided(case: &Path) -> Result<(Vec<Decision>, Pending), CaseError> {
    let all = decisions::read(case)?;
    let pending = pending(case, &all);
    Ok((all, pending))
}
