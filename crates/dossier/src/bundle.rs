//! The dossier's folder: a bag (RFC 8493) around records in a signed log.
//!
//! | file | is |
//! |---|---|
//! | `data/report.*`, `data/aide-memoire.*` | for reading |
//! | `data/report.json` | the model, canonical JSON (RFC 8785) |
//! | `data/records.jsonl` | one canonical JSON record a line, each with a secret salt |
//! | `data/log.txt` | the leaves of the Merkle log (RFC 6962): `<hash> <record id>` a line |
//! | `data/custody.jsonl` | the custody log up to the run |
//! | `data/original/` | in a redacted dossier: log and checkpoint of the whole one |
//! | `checkpoint` | root of the log, signed (C2SP signed note, Ed25519); never changes |
//! | `cosignatures` | lines of witnesses, added later |
//! | `time/` | RFC 3161 requests and responses over `checkpoint`, added later |
//! | `bagit.txt`, `bag-info.txt`, `manifest-sha256.txt`, `tagmanifest-sha256.txt` | the bag |
//!
//! The hash of every payload file is a record too (`output:...`), so that the one
//! signature, the witnesses and the time tokens cover all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_core::UtcMicros;
use demarche_core::id::{hex, sha256_hex};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bag::{self, Bundle};
use crate::checkpoint::Checkpoint;
use crate::key::SigningKey;
use crate::model::Report;
use crate::records::{self, Line, Lines};
use crate::{files, merkle, note, outputs};

pub(crate) const CHECKPOINT: &str = "checkpoint";
pub(crate) const COSIGNATURES: &str = "cosignatures";
pub(crate) const LOG: &str = "data/log.txt";
pub(crate) const CUSTODY: &str = "data/custody.jsonl";
/// Folder of time requests and tokens.
pub(crate) const TIME: &str = "time/";
/// What a redacted dossier keeps of the whole one.
pub(crate) const ORIGINAL_CHECKPOINT: &str = "data/original/checkpoint";
pub(crate) const ORIGINAL_LOG: &str = "data/original/log.txt";
pub(crate) const ORIGINAL_RECORDS: &str = "data/original/records.jsonl";

/// The version of the folder's layout.
pub(crate) const FORMAT: &str = "demarche-dossier/2";

/// Why a dossier cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The folder cannot be written.
    #[error("{path}: {source}")]
    Io {
        /// The folder.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The model has no canonical JSON form.
    #[error("the report has no canonical form: {0}")]
    Json(#[from] serde_json::Error),
    /// The checkpoint cannot be signed.
    #[error("the checkpoint cannot be signed: {0}")]
    Sign(#[from] note::NoteError),
    /// A page cannot be made.
    #[error("the PDF cannot be made: {0}")]
    Pdf(String),
    /// What the user asked for cannot be done.
    #[error("{0}")]
    Refused(String),
}

/// What a record of kind `output` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    /// Relative to the dossier.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub dir: PathBuf,
    /// The page to open.
    pub html: PathBuf,
    /// Records in the log.
    pub records: u64,
    /// Lower-case hex root of the log: names the dossier.
    pub root: String,
    /// Where an earlier dossier went that witnesses or time stamps vouch for.
    pub kept: Option<PathBuf>,
}

/// A dossier before it is written.
pub(crate) struct Sealed {
    /// Every file by its path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Its records, in the log's order.
    pub(crate) lines: Vec<Line>,
    /// The signed checkpoint.
    pub(crate) checkpoint: String,
    pub(crate) root: merkle::Hash,
}

/// Writes the dossier of `report` to the folder `dir`, whole or not at all.
///
/// `custody` is the custody log up to the run. An earlier dossier at `dir` is replaced, or
/// put beside it where witnesses or time stamps vouch for it; a folder that holds anything
/// else is left alone. The same report, custody and key give the same bytes.
///
/// # Errors
/// [`BundleError`]: what failed and where.
pub fn write(
    dir: &Path,
    report: &Report,
    custody: &[u8],
    key: &SigningKey,
) -> Result<Written, BundleError> {
    put(dir, &whole(report, custody, key)?)
}

/// The whole dossier, not yet written.
pub(crate) fn whole(
    report: &Report,
    custody: &[u8],
    key: &SigningKey,
) -> Result<Sealed, BundleError> {
    let secret = key.case_secret(&report.run_id);
    let mut payload = outputs::all(report)?;
    payload.insert(CUSTODY.to_owned(), custody.to_vec());
    let lines = records::of_report(report, Some(&secret))?;
    seal(report, lines, payload, key, &secret)
}

/// Puts records and payload into a log, signs it and makes the bag around it.
pub(crate) fn seal(
    report: &Report,
    mut records: Vec<Line>,
    payload: BTreeMap<String, Vec<u8>>,
    key: &SigningKey,
    secret: &[u8; 32],
) -> Result<Sealed, BundleError> {
    let mut about = Lines::new(Some(secret));
    let bundle = Bundle {
        format: FORMAT.to_owned(),
        run_id: report.run_id.clone(),
        tool_version: report.tool_version.clone(),
        date: report.generated_at.map(UtcMicros::date).unwrap_or_default(),
        generated_for: report.generated_for.clone(),
        tlp: report.tlp.clone(),
        language: report.language.clone(),
        redacted: !report.redacted_by.is_empty(),
    };
    about.add("bundle", "this", &bundle)?;
    for (path, bytes) in &payload {
        let name = path.strip_prefix("data/").unwrap_or(path);
        let output =
            Output { path: path.clone(), bytes: bytes.len() as u64, sha256: sha256_hex(bytes) };
        about.add("output", name, &output)?;
    }
    records.splice(0..0, about.lines);
    let leaves: Vec<merkle::Hash> =
        records.par_iter().map(|line| merkle::leaf(line.json.as_bytes())).collect();
    let root = merkle::root(&leaves);
    let size = leaves.len() as u64;
    let checkpoint = Checkpoint::of(&key.public(), &report.run_id, size, root).sign(key)?;
    let mut jsonl = String::with_capacity(records.iter().map(|line| line.json.len() + 1).sum());
    let mut log = String::with_capacity(records.len() * 100);
    for (line, leaf) in records.iter().zip(&leaves) {
        jsonl.push_str(&line.json);
        jsonl.push('\n');
        log.push_str(&hex(leaf));
        log.push(' ');
        log.push_str(&line.id);
        log.push('\n');
    }
    let mut files = payload;
    files.insert(records::NAME.to_owned(), jsonl.into_bytes());
    files.insert(LOG.to_owned(), log.into_bytes());
    let bytes = files.values().map(|bytes| bytes.len() as u64).sum();
    let info = bag::info(&bundle, bytes, files.len());
    let manifest = manifest(&files);
    files.insert(bag::BAGIT.to_owned(), bag::DECLARATION.as_bytes().to_vec());
    files.insert(bag::INFO.to_owned(), info.into_bytes());
    files.insert(bag::MANIFEST.to_owned(), manifest.into_bytes());
    files.insert(CHECKPOINT.to_owned(), checkpoint.clone().into_bytes());
    let tags: BTreeMap<String, Vec<u8>> = files
        .iter()
        .filter(|(path, _)| !path.starts_with("data/"))
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    files.insert(bag::TAG_MANIFEST.to_owned(), self::manifest(&tags).into_bytes());
    Ok(Sealed { files, lines: records, checkpoint, root })
}

fn manifest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let hashes: Vec<(&String, String)> =
        files.par_iter().map(|(path, bytes)| (path, sha256_hex(bytes))).collect();
    bag::manifest(&hashes.iter().map(|(path, hash)| (path.as_str(), hash.as_str())).collect())
}

/// Writes a sealed dossier.
pub(crate) fn put(dir: &Path, sealed: &Sealed) -> Result<Written, BundleError> {
    let kept = files::replace_dossier(dir, &sealed.files, sealed.checkpoint.as_bytes())
        .map_err(|source| BundleError::Io { path: dir.display().to_string(), source })?;
    Ok(Written {
        dir: dir.to_owned(),
        html: dir.join("data/report.html"),
        records: sealed.lines.len() as u64,
        root: hex(&sealed.root),
        kept,
    })
}

/// Adds files to the folder's tag files (`cosignatures`, `time/...`) and makes the tag
/// manifest anew; the checkpoint and all that it covers stay as they are.
///
/// # Errors
/// When the folder is no dossier or cannot be written.
pub(crate) fn add_tags(dir: &Path, added: &[(String, Vec<u8>)]) -> Result<(), BundleError> {
    let io = |source| BundleError::Io { path: dir.display().to_string(), source };
    if !dir.join(CHECKPOINT).is_file() {
        return Err(BundleError::Refused(format!("`{}` is no dossier", dir.display())));
    }
    for (path, bytes) in added {
        files::write_inside(dir, path, bytes).map_err(io)?;
    }
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for path in files::tree(dir).map_err(io)? {
        if !path.starts_with("data/") && path != bag::TAG_MANIFEST {
            let (hash, _) = files::hash(&dir.join(&path)).map_err(io)?;
            tags.insert(path, hash);
        }
    }
    let text = bag::manifest(&tags.iter().map(|(p, h)| (p.as_str(), h.as_str())).collect());
    files::write_inside(dir, bag::TAG_MANIFEST, text.as_bytes()).map_err(io)
}

/// The model in reading order as canonical JSON and a newline.
pub(crate) fn canonical_report(report: &Report) -> Result<String, serde_json::Error> {
    let narrative = crate::narrative::Narrative::of(report);
    Ok(serde_json_canonicalizer::to_string(&narrative.report)? + "\n")
}
