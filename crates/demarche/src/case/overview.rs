//! The first page of a case, worked out once for each state of it.
//!
//! The answers stand on every derived row and on counts over all records: seconds of work
//! for a page that must open at once. What they say changes with the run and with people's
//! approvals only, so the page is kept under `aggregates/` by a digest of both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_dossier::{Narrative, QUESTIONS};
use demarche_lake::Lake;
use serde_json::{Value, json};

use super::{CaseError, decisions, report};

/// Digits of a digest in a file's name.
const DIGITS: usize = 24;
/// The most bytes of a kept page: one more is worked out each time.
const MOST_BYTES: u64 = 64 << 20;

/// The first page as JSON.
///
/// # Errors
/// [`CaseError::Usage`] when the case has no run; else what its files say.
pub fn overview(case: &Path) -> Result<String, CaseError> {
    let lake = Lake::open(case)?;
    let path = path(&lake)?;
    if let Some(kept) = kept(&path) {
        return Ok(kept);
    }
    let page = answers(&Narrative::of(&report::preview(case)?)).to_string();
    // One that cannot be kept now is worked out again next time.
    let _ = keep(&lake, &path, &page);
    Ok(page)
}

/// A page that was kept whole: what is cut short is no JSON.
fn kept(path: &Path) -> Option<String> {
    use std::io::Read as _;
    #[allow(clippy::disallowed_methods)] // our own file, no evidence
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
    Some(text)
}

fn keep(lake: &Lake, path: &Path, page: &str) -> Result<bool, CaseError> {
    let error = |error| CaseError::File { path: path.display().to_string(), error };
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(error)?;
    let part = folder.join(format!("{}.part", std::process::id()));
    std::fs::write(&part, page).map_err(error)?;
    for old in std::fs::read_dir(folder).map_err(error)?.flatten() {
        if old.path() != part {
            let _ = std::fs::remove_file(old.path());
        }
    }
    Ok(lake.keep(&part, path)?)
}

/// The file of this state: of the manifest, of approvals among the decisions, of the program.
fn path(lake: &Lake) -> Result<PathBuf, CaseError> {
    let all = decisions::read(lake.dir())?;
    let manifest = serde_json_canonicalizer::to_vec(lake.manifest())
        .expect("invariant: string keys and finite numbers only");
    let mut hasher = blake3::Hasher::new();
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    for part in [&manifest[..], decisions::head(&all).as_bytes(), version] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let name = format!("{}.json", &hasher.finalize().to_hex()[..DIGITS]);
    Ok(lake.dir().join("aggregates").join("overview").join("v1").join(name))
}

/// The first page; rows are asked of their tables.
fn answers(told: &Narrative) -> Value {
    let report = &told.report;
    let answered = QUESTIONS.iter().zip(&told.judgements);
    let answered: Vec<_> = answered
        .map(|(question, answer)| json!({ "question": question, "answer": answer }))
        .collect();
    let waves = report.waves.iter().map(|wave| &wave.wave_id);
    let intrusions = report.intrusions.iter().map(|intrusion| &intrusion.intrusion_id);
    let campaigns = report.campaigns.iter().map(|campaign| &campaign.campaign_id);
    let labels: BTreeMap<&String, String> = waves
        .map(|id| (id, told.wave_label(id)))
        .chain(intrusions.chain(campaigns).map(|id| (id, told.subject_label(id))))
        .collect();
    json!({
        "title": report.title,
        "run": report.run_id,
        "version": report.tool_version,
        "knowledge": report.knowledge_snapshot,
        "parameters": report.parameters,
        "totals": report.totals,
        "sources": report.sources.len(),
        "anomalies": { "total": report.anomalies.total, "counts": report.anomalies.counts },
        "questions": answered,
        "actions": told.actions,
        "coverage": told.coverage,
        "people": report.people,
        "labels": labels,
    })
}
