//! Checking a dossier, offline, with nothing but its folder and a public key.
//!
//! From the inside out: the signature covers the root of the log, the log the records, and
//! the records the files. What stands outside (the bag's own files) is made again from
//! these and compared. All checks are made whatever fails first, so that the failures tell
//! the whole story; each names the record or the file. Evidence is opened by the caller,
//! which knows how: see [`cited_in`](crate::cited_in).

mod log;
mod redacted;

pub(crate) use redacted::{REWRITTEN, WITHHELD};

use std::collections::BTreeMap;
use std::path::Path;

use demarche_core::custody::CustodyLog;
use demarche_core::{UtcMicros, id};
use rayon::prelude::*;

use crate::bag::{self, Bundle};
use crate::bundle::{
    CHECKPOINT, COSIGNATURES, CUSTODY, FORMAT, LOG, ORIGINAL_CHECKPOINT, Output, TIME,
};
use crate::checkpoint::{self, Checkpoint};
use crate::key::PublicKey;
use crate::merkle::Hash;
use crate::note::{Note, NoteError};
use crate::{files, html, inert, model, records, timestamp};

/// At most so many failures of one sort are named.
const MAX_NAMED: usize = 20;

/// Largest model that is read back to name a changed line.
const MAX_REPORT: u64 = 1 << 30;

/// Whom the one who checks trusts.
#[derive(Clone, Debug, Default)]
pub struct Trust<'a> {
    /// The signer.
    pub key: Option<&'a PublicKey>,
    /// Witnesses; a cosignature of each is asked for.
    pub witnesses: &'a [PublicKey],
    /// Root certificates (DER) of time-stamping authorities; where there are any, every
    /// time token must lead to one.
    pub roots: &'a [Vec<u8>],
}

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
    /// The run, as the dossier says.
    pub run_id: String,
    /// The program, as the dossier says.
    pub tool_version: String,
    /// Records of the log.
    pub records: u64,
    /// Records of the whole dossier that this redacted one withholds.
    pub withheld: u64,
    /// Files whose hash was compared.
    pub files: u64,
    /// What witnesses and time-stamping authorities say, one line each.
    pub vouched: Vec<String>,
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

    /// Names the first ones and counts the rest.
    fn fail_many(&mut self, of: &str, mut failures: Vec<String>) {
        let more = failures.len().saturating_sub(MAX_NAMED);
        failures.truncate(MAX_NAMED);
        self.failures.append(&mut failures);
        if more > 0 {
            self.fail(format!("{of}: {more} more records differ"));
        }
    }
}

/// Checks the dossier in `dir` against `key` alone.
#[must_use]
pub fn verify(dir: &Path, key: Option<&PublicKey>) -> Verification {
    verify_with(dir, &Trust { key, ..Trust::default() })
}

/// Checks the dossier in `dir`. Without a key the contents are still compared, and
/// `untrusted key` is a failure.
#[must_use]
pub fn verify_with(dir: &Path, trust: &Trust<'_>) -> Verification {
    let mut found = Verification::default();
    let paths = match files::tree(dir) {
        Ok(paths) => paths,
        Err(error) => {
            found.fail(format!("{}: {error}", dir.display()));
            return found;
        }
    };
    if !paths.iter().any(|path| path == CHECKPOINT) {
        found.fail(format!("{CHECKPOINT}: missing: not a dossier of layout {FORMAT}"));
    }
    let point = signature(dir, CHECKPOINT, trust, &mut found);
    let scanned = log::records(dir, point.as_ref(), &mut found);
    let hashes = hash_all(dir, &paths, &scanned, &mut found);
    outputs(dir, &scanned, &hashes, &mut found);
    bag_files(dir, &scanned, &hashes, &mut found);
    if paths.iter().any(|path| path == COSIGNATURES) || !trust.witnesses.is_empty() {
        cosignatures(dir, trust, &mut found);
    }
    times(dir, &paths, trust, &mut found);
    if hashes.contains_key(ORIGINAL_CHECKPOINT) {
        redacted::original(dir, trust, &mut found);
    }
    found
}

/// Hash (hex) and size of each file.
type Hashes = BTreeMap<String, (String, u64)>;

/// Checks a signed checkpoint and hands on what it says.
fn signature(
    dir: &Path,
    path: &str,
    trust: &Trust<'_>,
    found: &mut Verification,
) -> Option<Checkpoint> {
    let text = match files::read_small(&dir.join(path)) {
        Ok(text) => text,
        Err(error) => {
            found.fail(format!("{path}: {error}"));
            return None;
        }
    };
    let note = match Note::parse(&text) {
        Ok(note) => note,
        Err(error) => {
            found.fail(format!("{path}: {error}"));
            return None;
        }
    };
    found.signed_by = note.claimed();
    let point = match Checkpoint::parse(note.text) {
        Ok(point) => point,
        Err(error) => {
            found.fail(format!("{path}: {error}"));
            return None;
        }
    };
    let checked = match trust.key {
        Some(key) if checkpoint::is_under(&point.origin, key.name()) => {
            note.verify_as(&point.origin, key)
        }
        _ => Err(NoteError::UntrustedKey),
    };
    match checked {
        Ok(()) => {}
        Err(NoteError::UntrustedKey) => {
            if !found.untrusted_key {
                found.fail("untrusted key");
            }
            found.untrusted_key = true;
        }
        Err(error) => found.fail(format!("{path}: {error}")),
    }
    Some(point)
}

fn hash_all(
    dir: &Path,
    paths: &[String],
    scanned: &log::Scanned,
    found: &mut Verification,
) -> Hashes {
    let mut hashes = Hashes::new();
    let hashed: Vec<_> = paths
        .par_iter()
        .map(|path| match (&scanned.hashed, path.as_str()) {
            (Some(hashed), records::NAME) => Ok(hashed.clone()),
            _ => files::hash(&dir.join(path)),
        })
        .collect();
    for (path, hashed) in paths.iter().zip(hashed) {
        match hashed {
            Ok(hashed) => {
                hashes.insert(path.clone(), hashed);
            }
            Err(error) => found.fail(format!("{}: {error}", inert(path, 120))),
        }
    }
    found.files = hashes.len() as u64;
    hashes
}

/// Payload files against the records that state their hashes.
fn outputs(dir: &Path, scanned: &log::Scanned, hashes: &Hashes, found: &mut Verification) {
    let mut stated: BTreeMap<String, (String, Output)> = BTreeMap::new();
    for (id, line) in scanned.about.iter().filter(|(id, _)| id.starts_with("output:")) {
        match row::<Output>(line) {
            Some(output) => {
                stated.insert(output.path.clone(), (id.clone(), output));
            }
            None => found.fail(format!("{}: record {}: not readable", records::NAME, name(id))),
        }
    }
    for (path, (id, output)) in &stated {
        let shown = inert(path, 120);
        match hashes.get(path) {
            None => found.fail(format!("{shown} (record {}): missing", name(id))),
            Some((sha256, bytes)) if *sha256 != output.sha256 || *bytes != output.bytes => {
                found.fail(format!("{shown} (record {}): not the bytes signed", name(id)));
                if path == "data/report.html" {
                    page(dir, found);
                }
            }
            Some(_) if path == CUSTODY => custody(dir, found),
            Some(_) => {}
        }
    }
    for path in hashes.keys().filter(|path| path.starts_with("data/")) {
        if path != records::NAME && path != LOG && !stated.contains_key(path) {
            found.fail(format!("{}: no record names it", inert(path, 120)));
        }
    }
}

/// The chain of the custody log, whose bytes are those that were signed.
fn custody(dir: &Path, found: &mut Verification) {
    if let Err(error) = CustodyLog::at(dir.join(CUSTODY)).verify() {
        let reason = match error {
            demarche_core::custody::CustodyError::Broken { line, reason, .. } => {
                format!("line {line}: {reason}")
            }
            other => other.to_string(),
        };
        found.fail(format!("{CUSTODY} (record output:custody.jsonl): {reason}"));
    }
}

/// Names the first line of the page that is not what the model gives, where the program
/// that checks still words it as the one that wrote it.
fn page(dir: &Path, found: &mut Verification) {
    let Ok(bytes) = files::read_bounded(&dir.join("data/report.json"), MAX_REPORT) else { return };
    let Ok(report) = serde_json::from_slice::<model::Report>(&bytes) else { return };
    let expected = html::render(&report);
    let Ok(stored) = files::read_bounded(&dir.join("data/report.html"), MAX_REPORT) else { return };
    let mut lines = expected.as_bytes().split(|b| *b == b'\n').zip(stored.split(|b| *b == b'\n'));
    if let Some(at) = lines.position(|(expected, stored)| expected != stored) {
        found.fail(format!("data/report.html line {}: differs from report.json", at + 1));
    }
}

/// The bag's own files, made again.
fn bag_files(dir: &Path, scanned: &log::Scanned, hashes: &Hashes, found: &mut Verification) {
    let compare = |path: &str, expected: &str, found: &mut Verification| match files::read_bounded(
        &dir.join(path),
        1 << 24,
    ) {
        Err(error) => found.fail(format!("{path}: {error}")),
        Ok(stored) if stored == expected.as_bytes() => {}
        Ok(stored) => {
            let stored = String::from_utf8_lossy(&stored);
            let at = expected.split('\n').zip(stored.split('\n')).position(|(a, b)| a != b);
            let line = at.map_or(0, |at| at) + 1;
            // A manifest names a file that is not there by its own line, else by ours.
            let of = |text: &str| -> String {
                let line = text.split('\n').nth(line - 1).unwrap_or_default();
                line.split_once("  ").map_or(line, |(_, path)| path).to_owned()
            };
            let (ours, theirs) = (of(expected), of(&stored));
            let gone = !theirs.is_empty() && !expected.contains(&theirs);
            let what = if gone { &theirs } else { &ours };
            found.fail(format!("{path} line {line} ({}): differs", inert(what, 120)));
        }
    };
    compare(bag::BAGIT, bag::DECLARATION, found);
    let split = |data: bool| -> BTreeMap<&str, &str> {
        hashes
            .iter()
            .filter(|(path, _)| path.starts_with("data/") == data && *path != bag::TAG_MANIFEST)
            .map(|(path, (hash, _))| (path.as_str(), hash.as_str()))
            .collect()
    };
    let payload = split(true);
    compare(bag::MANIFEST, &bag::manifest(&payload), found);
    let about = scanned.about.iter().find(|(id, _)| id == "bundle:this");
    match about.and_then(|(_, line)| row::<Bundle>(line)) {
        None => found.fail(format!("{}: record bundle:this: missing", records::NAME)),
        Some(bundle) => {
            if bundle.format != FORMAT {
                let format = inert(&bundle.format, 60);
                found.fail(format!("record bundle:this: format {format}, not {FORMAT}"));
            }
            let sizes = hashes.iter().filter(|(path, _)| path.starts_with("data/"));
            let bytes = sizes.map(|(_, (_, bytes))| bytes).sum();
            compare(bag::INFO, &bag::info(&bundle, bytes, payload.len()), found);
            found.run_id = bundle.run_id;
            found.tool_version = bundle.tool_version;
        }
    }
    let tags = split(false);
    for path in tags.keys() {
        let known = [bag::BAGIT, bag::INFO, bag::MANIFEST, CHECKPOINT, COSIGNATURES];
        if !known.contains(path) && !path.starts_with(TIME) {
            found.fail(format!("{}: no part of a dossier", inert(path, 120)));
        }
    }
    compare(bag::TAG_MANIFEST, &bag::manifest(&tags), found);
}

fn cosignatures(dir: &Path, trust: &Trust<'_>, found: &mut Verification) {
    let Ok(note) = files::read_small(&dir.join(CHECKPOINT)) else { return };
    let Ok(note) = Note::parse(&note) else { return };
    let lines = files::read_small(&dir.join(COSIGNATURES)).unwrap_or_default();
    let mut seen = vec![false; trust.witnesses.len()];
    for (at, line) in lines.lines().enumerate() {
        let place = format!("{COSIGNATURES} line {}", at + 1);
        let mut known = false;
        for (witness, seen) in trust.witnesses.iter().zip(&mut seen) {
            match checkpoint::check_cosignature(note.text, line, witness) {
                Err(NoteError::UntrustedKey) => {}
                Err(error) => {
                    found.fail(format!("{place}: {error}"));
                    known = true;
                }
                Ok(cosignature) => {
                    let time = UtcMicros::from_seconds(cosignature.time);
                    let time = time.map_or_else(|| "an impossible time".to_owned(), second);
                    found.vouched.push(format!("witness {} at {time}", cosignature.name));
                    (known, *seen) = (true, true);
                }
            }
        }
        if !known {
            match crate::note::signature(line) {
                Some((witness, id, _)) => found.vouched.push(format!(
                    "not checked: a cosignature of {}+{} (give its key)",
                    inert(witness, 80),
                    id::hex(&id)
                )),
                None => found.fail(format!("{place}: not a signature line")),
            }
        }
    }
    for (witness, _) in trust.witnesses.iter().zip(seen).filter(|(_, seen)| !seen) {
        found.fail(format!("{COSIGNATURES}: none of witness {}", witness.name()));
    }
}

/// Time requests and tokens, both over the bytes of `checkpoint`.
fn times(dir: &Path, paths: &[String], trust: &Trust<'_>, found: &mut Verification) {
    let Ok(stamped) = files::read_bounded(&dir.join(CHECKPOINT), 1 << 20) else { return };
    for path in paths.iter().filter(|path| path.starts_with(TIME)) {
        let shown = inert(path, 120);
        let bytes = match files::read_bounded(&dir.join(path), 1 << 20) {
            Ok(bytes) => bytes,
            Err(error) => {
                found.fail(format!("{shown}: {error}"));
                continue;
            }
        };
        if path.ends_with(".tsq") {
            if let Err(error) = timestamp::check_request(&bytes, &stamped) {
                found.fail(format!("{shown}: {error}"));
            }
            continue;
        }
        let request = format!("{}.tsq", path.trim_end_matches(".tsr"));
        let request = files::read_bounded(&dir.join(request), 1 << 20).ok();
        match timestamp::check_response(&bytes, &stamped, request.as_deref(), trust.roots) {
            Err(error) => found.fail(format!("{shown}: {error}")),
            Ok(token) => {
                let how = match token.trusted {
                    true => "time stamp",
                    false => "not checked (give the authority\u{2019}s root): time stamp",
                };
                let (time, by) = (second(token.time), inert(&token.authority, 160));
                found.vouched.push(format!("{how} {time} by {by}"));
            }
        }
    }
}

fn second(time: UtcMicros) -> String {
    time.to_string().get(..19).map_or_else(String::new, |text| format!("{text}Z"))
}

/// A record's id as it may be shown.
fn name(id: &str) -> String {
    inert(id, 160)
}

fn row<T: serde::de::DeserializeOwned>(line: &[u8]) -> Option<T> {
    #[derive(serde::Deserialize)]
    struct Record<T> {
        row: T,
    }
    serde_json::from_slice::<Record<T>>(line).ok().map(|record| record.row)
}

/// A hash read from hex, lower case only.
fn hash_from(hex: &[u8]) -> Option<Hash> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let mut hash = Hash::default();
    for (byte, pair) in hash.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    (hex.len() == 64).then_some(hash)
}
