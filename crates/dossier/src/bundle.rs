//! The dossier folder.
//!
//! | file | is |
//! |---|---|
//! | `report.html` | for reading |
//! | `report.json` | the model, canonical JSON (RFC 8785) |
//! | `records.jsonl` | one canonical JSON record a line, for each statement and row |
//! | `custody.jsonl` | the custody log up to the run, as the case keeps it |
//! | `manifest.json` | SHA-256 and size of each of these, run id, program version |
//! | `manifest.sig` | the manifest as a signed note (C2SP), Ed25519 |

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_core::id::sha256_hex;
use serde::{Deserialize, Serialize};

use crate::key::SigningKey;
use crate::model::Report;
use crate::{files, html, note, records};

/// The files of a dossier.
pub const FILES: [&str; 6] =
    ["report.html", "report.json", records::NAME, "custody.jsonl", MANIFEST, SIGNATURE];

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SIGNATURE: &str = "manifest.sig";

/// The version of the folder's layout.
pub(crate) const FORMAT: &str = "demarche-dossier/1";

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
    /// The manifest cannot be signed.
    #[error("the manifest cannot be signed: {0}")]
    Sign(#[from] note::NoteError),
}

/// What `manifest.json` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`FORMAT`].
    pub(crate) format: String,
    /// The run.
    pub(crate) run_id: String,
    /// The program that wrote it.
    pub(crate) tool_version: String,
    /// Lines in `records.jsonl`.
    pub(crate) records: u64,
    /// By file name.
    pub(crate) files: BTreeMap<String, FileEntry>,
}

/// A file in the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Size in bytes.
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
    /// Records in `records.jsonl`.
    pub records: u64,
    /// Lower-case hex SHA-256 of `manifest.json`: names the dossier.
    pub manifest_sha256: String,
}

/// Writes the dossier of `report` to the folder `dir`, whole or not at all.
///
/// `custody` is the custody log as it stands. An earlier dossier at `dir` is replaced; a
/// folder that holds anything else is left alone.
///
/// # Errors
/// [`BundleError`]: what failed and where.
pub fn write(
    dir: &Path,
    report: &Report,
    custody: &[u8],
    key: &SigningKey,
) -> Result<Written, BundleError> {
    let html = html::render(report);
    let json = canonical_report(report)?;
    let lines = records::lines(report)?;
    let mut jsonl = String::new();
    for line in &lines {
        jsonl.push_str(&line.json);
        jsonl.push('\n');
    }
    let contents: [(&str, &[u8]); 4] = [
        ("report.html", html.as_bytes()),
        ("report.json", json.as_bytes()),
        (records::NAME, jsonl.as_bytes()),
        ("custody.jsonl", custody),
    ];
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        run_id: report.run_id.clone(),
        tool_version: report.tool_version.clone(),
        records: lines.len() as u64,
        files: contents
            .iter()
            .map(|(name, bytes)| {
                let entry = FileEntry { bytes: bytes.len() as u64, sha256: sha256_hex(bytes) };
                ((*name).to_owned(), entry)
            })
            .collect(),
    };
    let manifest = serde_json_canonicalizer::to_string(&manifest)? + "\n";
    let signed = note::sign(&manifest, key)?;
    let mut all = contents.to_vec();
    all.push((MANIFEST, manifest.as_bytes()));
    all.push((SIGNATURE, signed.as_bytes()));
    files::replace_folder(dir, &all)
        .map_err(|source| BundleError::Io { path: dir.display().to_string(), source })?;
    Ok(Written {
        dir: dir.to_owned(),
        html: dir.join("report.html"),
        records: lines.len() as u64,
        manifest_sha256: sha256_hex(manifest.as_bytes()),
    })
}

/// The model in reading order as canonical JSON and a newline.
pub(crate) fn canonical_report(report: &Report) -> Result<String, serde_json::Error> {
    let narrative = crate::narrative::Narrative::of(report);
    Ok(serde_json_canonicalizer::to_string(&narrative.report)? + "\n")
}
