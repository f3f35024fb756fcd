//! Opening every cited byte range again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use demarche_core::EvidenceRef;
use demarche_core::id::sha256_hex;
use demarche_core::source::{Limits, Member, hash_file, list, walk};
use demarche_lake::{Lake, Session};

use super::{CaseError, Progress, Step};

/// What became of the references.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// References whose bytes are what was cited.
    pub held: u64,
    /// One line for each that is not, naming it.
    pub failures: Vec<String>,
    /// References to sources that are not among the evidence given.
    pub withheld: u64,
}

/// Every reference of a case: of its records and of its derived rows.
///
/// # Errors
/// What the case's files say.
pub fn cited_in_case(case: &Path) -> Result<Vec<EvidenceRef>, CaseError> {
    let session = super::session(case)?;
    let mut cited = BTreeSet::new();
    for table in [
        "messages",
        "occurrences",
        "events",
        "fetches",
        "calls",
        "record_lookups",
        "roster",
        "context",
        "networks",
        "passive_dns",
        "registrations",
        "findings",
        "anomalies",
    ] {
        let rows: Vec<Cited> =
            session.rows(&format!("SELECT evidence FROM {table} WHERE evidence['length'] > 0"))?;
        cited.extend(rows.into_iter().map(|row| row.evidence));
    }
    let report = Lake::open(case)?.manifest().run.is_some();
    if report {
        cited.extend(derived(&session)?);
    }
    Ok(cited.into_iter().collect())
}

fn derived(session: &Session) -> Result<Vec<EvidenceRef>, CaseError> {
    let mut cited = Vec::new();
    for table in ["exposures", "intrusions"] {
        let rows: Vec<CitedList> = session.rows(&format!("SELECT evidence FROM {table}"))?;
        cited.extend(rows.into_iter().flat_map(|row| row.evidence));
    }
    for table in ["waves", "intrusions"] {
        let rows: Vec<Scored> = session.rows(&format!("SELECT features FROM {table}"))?;
        cited.extend(rows.into_iter().flat_map(|row| row.features).flat_map(|f| f.evidence));
    }
    Ok(cited)
}

#[derive(serde::Deserialize)]
struct Cited {
    evidence: EvidenceRef,
}

#[derive(serde::Deserialize)]
struct CitedList {
    evidence: Vec<EvidenceRef>,
}

#[derive(serde::Deserialize)]
struct Scored {
    features: Vec<demarche_core::ScoredFeature>,
}

/// Opens each reference in the evidence given and compares its bytes' hash.
///
/// # Errors
/// When the evidence folder itself cannot be opened.
pub fn check(
    cited: &[EvidenceRef],
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Checked, CaseError> {
    let mut checked = Checked::default();
    let mut by_source: BTreeMap<&str, BTreeMap<&str, Vec<&EvidenceRef>>> = BTreeMap::new();
    for reference in cited.iter().filter(|reference| reference.length > 0) {
        let members = by_source.entry(reference.source.as_str()).or_default();
        members.entry(reference.path.as_str()).or_default().push(reference);
    }
    progress(Progress::Begin(Step::Verify, cited.len() as u64));
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut given: BTreeSet<String> = BTreeSet::new();
    for argument in evidence {
        for file in list(argument)?.0 {
            given.insert(file.display.clone());
            let hashed = match hash_file(&file.path) {
                Ok(hashed) => hashed,
                Err(error) => {
                    checked.failures.push(error.to_string());
                    continue;
                }
            };
            let Some(members) = by_source.get(hashed.id.as_str()) else { continue };
            if !done.insert(hashed.id.to_string()) {
                continue;
            }
            // References name members by the path at ingest; the source may have another
            // name here, so members are matched by what follows the outer file's name.
            let mut wanted: BTreeMap<String, Vec<&EvidenceRef>> = BTreeMap::new();
            for (path, references) in members {
                wanted.entry(inner(path)).or_default().extend(references);
            }
            walk(&file.path, "", &hashed.id, &Limits::default(), &mut |mut member| {
                if let Some(references) = wanted.remove(&inner(member.path())) {
                    let n = references.len() as u64;
                    open_again(&mut member, references, &mut checked);
                    progress(Progress::Advance(n));
                }
            })?;
            for (path, references) in wanted {
                let shown = references.first().map_or(path.as_str(), |r| r.path.as_str());
                checked.failures.push(format!(
                    "`{shown}`: {} references, but no such member in the source",
                    references.len()
                ));
            }
        }
    }
    progress(Progress::End);
    for (source, members) in by_source {
        if done.contains(source) {
            continue;
        }
        let references: u64 = members.values().map(|references| references.len() as u64).sum();
        // A source may be withheld; one that lies here under its name with other bytes has
        // been changed or replaced since it was cited.
        let name = members.keys().next().map_or("", |path| outer(path));
        if given.contains(name) {
            checked.failures.push(format!(
                "`{name}`: its bytes are not those of the source that {references} references cite"
            ));
        } else {
            checked.withheld += references;
        }
    }
    Ok(checked)
}

/// The bytes of one reference, opened again in the evidence given.
///
/// # Errors
/// When its source is not there or is larger than `most`, or its bytes are others.
pub fn open(
    reference: &EvidenceRef,
    evidence: &[PathBuf],
    most: u64,
) -> Result<Vec<u8>, CaseError> {
    let gone = |what: String| CaseError::Usage {
        what,
        hint: "hand in where the evidence lies now: --evidence PATH".to_owned(),
    };
    if reference.length == 0 || reference.length > most {
        return Err(gone(format!("`{}`: no range that can be read", reference.path)));
    }
    for argument in evidence {
        let Ok((files, _)) = list(argument) else { continue };
        for file in files {
            // Hashing all of an archive to find one file would take as long as ingest: its
            // name first, and its hash to be sure.
            let named = file.display == outer(&reference.path);
            if !named || hash_file(&file.path)?.id != reference.source {
                continue;
            }
            let wanted = inner(&reference.path);
            let mut bytes = Vec::new();
            walk(&file.path, "", &reference.source, &Limits::default(), &mut |mut member| {
                if inner(member.path()) == wanted && bytes.is_empty() {
                    let read = skip(&mut member, reference.offset).and_then(|_| {
                        member.by_ref().take(reference.length).read_to_end(&mut bytes)
                    });
                    if read.is_err() {
                        bytes.clear();
                    }
                }
            })?;
            if sha256_hex(&bytes) == reference.sha256 {
                return Ok(bytes);
            }
            return Err(gone(format!("`{}`: its bytes are not those cited", reference.path)));
        }
    }
    Err(gone(format!("`{}`: the source is not there", outer(&reference.path))))
}

fn outer(path: &str) -> &str {
    path.split_once("!/").map_or(path, |(outer, _)| outer)
}

/// The path inside the source; empty for the source itself.
pub(super) fn inner(path: &str) -> String {
    path.split_once("!/").map_or(String::new(), |(_, inner)| inner.to_owned())
}

/// Reads a member once and checks its references in order of offset. Ranges may nest
/// or overlap; memory is bounded by the ranges open at one time.
fn open_again(member: &mut Member<'_>, mut references: Vec<&EvidenceRef>, checked: &mut Checked) {
    references.sort_by_key(|reference| (reference.offset, reference.length));
    let mut window: Vec<u8> = Vec::new();
    let mut window_start = 0_u64;
    for reference in references {
        let place = format!("`{}` at byte {}", reference.path, reference.offset);
        // Ranges are sorted by offset, so nothing before this one is needed again.
        let drop = usize::try_from(reference.offset.saturating_sub(window_start))
            .unwrap_or(usize::MAX)
            .min(window.len());
        window.drain(..drop);
        window_start += drop as u64;
        let skipped = skip(member, reference.offset.saturating_sub(window_start));
        window_start += *skipped.as_ref().unwrap_or(&0);
        let missing = reference.length.saturating_sub(window.len() as u64);
        let filled = skipped.and_then(|_| member.by_ref().take(missing).read_to_end(&mut window));
        if let Err(error) = filled {
            checked.failures.push(format!("{place}: {error}"));
            continue;
        }
        let length = usize::try_from(reference.length).unwrap_or(usize::MAX);
        match window.get(..length) {
            Some(bytes) if sha256_hex(bytes) == reference.sha256 => checked.held += 1,
            Some(_) => checked.failures.push(format!("{place}: its bytes are not those cited")),
            None => checked.failures.push(format!("{place}: the member ends before it")),
        }
    }
}

/// Reads past `n` bytes; how many there were.
fn skip(member: &mut Member<'_>, n: u64) -> io::Result<u64> {
    io::copy(&mut member.by_ref().take(n), &mut io::sink())
}
