//! Checking a dossier, offline, with nothing but its folder and a public key.
//!
//! From the outside in: the signature covers the manifest, the manifest the files, and
//! the records follow from the model. Each failure names the file, and where it can, the
//! record. Evidence is opened by the caller, which knows how: see
//! [`cited_in`](crate::cited_in).

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::path::Path;

use crate::bundle::{FILES, FORMAT, FileEntry, MANIFEST, Manifest, SIGNATURE};
use crate::key::PublicKey;
use crate::model::Report;
use crate::note::{Note, NoteError};
use crate::{files, html, records};

/// At most so many differing records are named.
const MAX_NAMED: usize = 20;

/// Largest model that is read back to name records.
const MAX_REPORT: u64 = 4 << 30;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// What is wrong, each naming file or record; empty when all is well.
    pub failures: Vec<String>,
    /// The signer is not the key that was given, or none was given. Also among
    /// `failures`, as `untrusted key`.
    pub untrusted_key: bool,
    /// Keys that the signature claims, `name+id`.
    pub signed_by: Vec<String>,
    /// The run, as the manifest says.
    pub run_id: String,
    /// The program, as the manifest says.
    pub tool_version: String,
    /// Records that were compared.
    pub records: u64,
    /// Files whose hash was compared.
    pub files: u64,
}

impl Verification {
    /// Whether nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn fail(&mut self, what: impl Into<String>) {
        self.failures.push(what.into());
    }
}

/// Checks the dossier in `dir` against `key`.
///
/// All checks are made whatever fails first, so that the failures tell the whole story.
/// Without a key the contents are still compared, and `untrusted key` is a failure.
#[must_use]
pub fn verify(dir: &Path, key: Option<&PublicKey>) -> Verification {
    let mut found = Verification::default();
    let manifest = signature(dir, key, &mut found);
    let names = match files::names(dir) {
        Ok(names) => names,
        Err(error) => {
            found.fail(format!("{}: {error}", dir.display()));
            return found;
        }
    };
    for name in &names {
        if !FILES.contains(&name.as_str()) {
            found.fail(format!("{}: not named by the manifest", crate::inert(name, 120)));
        }
    }
    let Some(manifest) = manifest else { return found };
    found.run_id.clone_from(&manifest.run_id);
    found.tool_version.clone_from(&manifest.tool_version);
    let mut changed = BTreeSet::new();
    for name in &FILES[..4] {
        match (manifest.files.get(*name), files::hash(&dir.join(name))) {
            (None, _) => found.fail(format!("{name}: missing from the manifest")),
            (_, Err(error)) => found.fail(format!("{name}: {error}")),
            (Some(entry), Ok((sha256, bytes))) => {
                found.files += 1;
                if *entry != (FileEntry { bytes, sha256 }) {
                    changed.insert(*name);
                    found.fail(format!("{name}: not the bytes that were signed"));
                }
            }
        }
    }
    for name in manifest.files.keys().filter(|name| !FILES[..4].contains(&name.as_str())) {
        found.fail(format!("{}: unknown to this version", crate::inert(name, 120)));
    }
    contents(dir, &manifest, &changed, &mut found);
    found
}

/// Checks the note and hands on the manifest that it covers.
fn signature(dir: &Path, key: Option<&PublicKey>, found: &mut Verification) -> Option<Manifest> {
    let manifest = files::read_small(&dir.join(MANIFEST));
    match files::read_small(&dir.join(SIGNATURE)) {
        Err(error) => found.fail(format!("{SIGNATURE}: {error}")),
        Ok(text) => match Note::parse(&text) {
            Err(error) => found.fail(format!("{SIGNATURE}: {error}")),
            Ok(note) => {
                found.signed_by = note.claimed();
                match key.map_or(Err(NoteError::UntrustedKey), |key| note.verify(key)) {
                    Ok(()) => {}
                    Err(NoteError::UntrustedKey) => {
                        found.untrusted_key = true;
                        found.fail("untrusted key");
                    }
                    Err(error) => found.fail(format!("{SIGNATURE}: {error}")),
                }
                if manifest.as_ref().is_ok_and(|manifest| manifest != note.text) {
                    found.fail(format!("{MANIFEST}: not the text that was signed"));
                }
            }
        },
    }
    let manifest = match manifest {
        Ok(manifest) => manifest,
        Err(error) => {
            found.fail(format!("{MANIFEST}: {error}"));
            return None;
        }
    };
    match serde_json::from_str::<Manifest>(&manifest) {
        Ok(manifest) if manifest.format == FORMAT => Some(manifest),
        Ok(_) => {
            found.fail(format!("{MANIFEST}: another format than {FORMAT}"));
            None
        }
        Err(error) => {
            found.fail(format!("{MANIFEST}: {error}"));
            None
        }
    }
}

/// Counts the records, and where a file was changed compares them with those that follow
/// from the model, so as to name the ones that differ; then the page with the one that
/// follows from the model.
///
/// Unchanged files are not compared with each other: the signature covers both, and
/// sentences may be worded otherwise by another version of the program.
fn contents(dir: &Path, manifest: &Manifest, changed: &BTreeSet<&str>, found: &mut Verification) {
    if !["report.html", "report.json", records::NAME].iter().any(|name| changed.contains(name)) {
        match files::lines(&dir.join(records::NAME)) {
            Ok(lines) => found.records = lines.split(b'\n').map_while(Result::ok).count() as u64,
            Err(error) => found.fail(format!("{}: {error}", records::NAME)),
        }
        if found.records != manifest.records {
            let (have, want) = (found.records, manifest.records);
            found.fail(format!("{}: {have} records where {want} were signed", records::NAME));
        }
        return;
    }
    let report = files::read_bounded(&dir.join("report.json"), MAX_REPORT)
        .map_err(|error| error.to_string())
        .and_then(|bytes| {
            serde_json::from_slice::<Report>(&bytes).map_err(|error| error.to_string())
        });
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            found.fail(format!("report.json: {error}"));
            return;
        }
    };
    if report.run_id != manifest.run_id {
        found.fail("report.json: another run than the manifest\u{2019}s");
    }
    let expected = match records::lines(&report) {
        Ok(lines) => lines,
        Err(error) => {
            found.fail(format!("report.json: {error}"));
            return;
        }
    };
    if let Err(error) = compare(dir, &expected, manifest.records, found) {
        found.fail(format!("{}: {error}", records::NAME));
    }
    if changed.contains("report.html") && !changed.contains("report.json") {
        page(dir, &report, found);
    }
}

fn compare(
    dir: &Path,
    expected: &[records::Line],
    promised: u64,
    found: &mut Verification,
) -> std::io::Result<()> {
    let mut named = 0;
    let mut lines = files::lines(&dir.join(records::NAME))?.split(b'\n');
    for line in expected {
        let stored = lines.next().transpose()?;
        found.records += 1;
        if stored.as_deref() == Some(line.json.as_bytes()) {
            continue;
        }
        named += 1;
        if named <= MAX_NAMED {
            let how = if stored.is_some() { "differs from report.json" } else { "is missing" };
            let at = found.records;
            let id = crate::inert(&line.id, 160);
            found.fail(format!("{} line {at}, record {id}: {how}", records::NAME));
        }
    }
    if named > MAX_NAMED {
        let more = named - MAX_NAMED;
        found.fail(format!("{}: {more} more records differ", records::NAME));
    }
    let extra = lines.count() as u64;
    if extra > 0 || expected.len() as u64 != promised {
        let have = expected.len() as u64 + extra;
        found.fail(format!("{}: {have} records where {promised} were signed", records::NAME));
    }
    Ok(())
}

/// Names the first line of the page that is not what the model gives.
fn page(dir: &Path, report: &Report, found: &mut Verification) {
    let expected = html::render(report);
    let Ok(lines) = files::lines(&dir.join("report.html")) else { return };
    let stored = lines.split(b'\n').map_while(Result::ok);
    let differs = expected
        .split('\n')
        .zip(stored)
        .position(|(expected, stored)| expected.as_bytes() != stored.as_slice());
    if let Some(at) = differs {
        found.fail(format!("report.html line {}: differs from report.json", at + 1));
    }
}
