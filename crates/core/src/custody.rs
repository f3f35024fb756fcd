//! The custody log: who did what to a case, when; each entry hashed with the one before.
//!
//! `custody.jsonl` in the case folder, append-only. A line that a crash tore is kept
//! as evidence of the crash: the next entry says so. This module, with signing and
//! access, is where the wall clock may be read.

#![allow(clippy::disallowed_methods)] // the log is our own file, and time is its subject

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcMicros;
use crate::id::sha256_hex;

/// The longest line that is read back: an entry that lists every source of a large case.
const LINE_LIMIT: u64 = 256 << 20;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 0.
    pub seq: u64,
    /// Wall clock, UTC.
    pub time: UtcMicros,
    /// Login name of who ran the program; empty when the system does not say.
    pub who: String,
    /// What was done: `ingest`, `investigate`, `report`, `forget`...
    pub action: String,
    /// Its particulars.
    pub detail: Value,
    /// `hash` of the entry before; empty for the first.
    pub previous: String,
    /// SHA-256 of this entry's canonical JSON (RFC 8785) without `hash`.
    pub hash: String,
}

/// A custody log that cannot be written or does not hold together.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// The operating system says no.
    #[error("custody log `{path}`: {error}")]
    Io {
        /// The log.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// A line does not follow from the one before.
    #[error("custody log `{path}`: line {line}: {reason}")]
    Broken {
        /// The log.
        path: String,
        /// Counts from 1.
        line: u64,
        /// What does not fit.
        reason: String,
    },
}

/// The log of one case.
#[derive(Debug)]
pub struct CustodyLog {
    path: PathBuf,
}

impl CustodyLog {
    /// The log at `path`; the file is made at the first entry.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Appends an entry and forces it to disk.
    ///
    /// # Errors
    /// [`CustodyError::Io`]; [`CustodyError::Broken`] when the last whole line is no entry.
    pub fn append(&self, action: &str, detail: Value) -> Result<Entry, CustodyError> {
        let io = |error| self.io(error);
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).map_err(io)?;
        // Two programs may work on a case: each entry must follow from the one before.
        file.lock().map_err(io)?;
        let (last, torn) = self.last()?;
        let detail = match torn {
            true => serde_json::json!({ "torn_line_before": true, "detail": detail }),
            false => detail,
        };
        let mut entry = Entry {
            seq: last.as_ref().map_or(0, |entry| entry.seq + 1),
            time: stamp(),
            who: std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default(),
            action: action.to_owned(),
            detail,
            previous: last.map(|entry| entry.hash).unwrap_or_default(),
            hash: String::new(),
        };
        entry.hash = digest(&entry);
        let mut line = if torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut line, &entry).map_err(|error| io(error.into()))?;
        line.push(b'\n');
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(io)?;
        Ok(entry)
    }

    /// Reads the log from its beginning and checks the chain; torn lines are passed
    /// over where the next entry owns up to them.
    ///
    /// # Errors
    /// [`CustodyError::Broken`] at the first line that does not follow.
    pub fn verify(&self) -> Result<Vec<Entry>, CustodyError> {
        let file = File::open(&self.path).map_err(|error| self.io(error))?;
        let mut reader = BufReader::new(file);
        let mut entries: Vec<Entry> = Vec::new();
        let mut torn_at = None;
        for number in 1_u64.. {
            let mut line = Vec::new();
            let n = reader
                .by_ref()
                .take(LINE_LIMIT)
                .read_until(b'\n', &mut line)
                .map_err(|error| self.io(error))?;
            if n == 0 {
                break;
            }
            let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                if let Some(at) = torn_at.replace(number) {
                    return Err(self.broken(at, "not an entry"));
                }
                continue;
            };
            if let Some(at) = torn_at.take()
                && entry.detail.get("torn_line_before") != Some(&Value::Bool(true))
            {
                return Err(self.broken(at, "not an entry"));
            }
            let (seq, previous) =
                entries.last().map_or((0, ""), |last| (last.seq + 1, last.hash.as_str()));
            if entry.seq != seq || entry.previous != previous {
                return Err(self.broken(number, "does not follow from the entry before"));
            }
            if entry.hash != digest(&entry) {
                return Err(self.broken(number, "its hash is not that of its content"));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The last entry, and whether a torn line follows it.
    fn last(&self) -> Result<(Option<Entry>, bool), CustodyError> {
        let io = |error| self.io(error);
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, false)),
            Err(error) => return Err(io(error)),
        };
        let mut window = 64 * 1024;
        let length = file.metadata().map_err(io)?.len();
        loop {
            let start = length.saturating_sub(window);
            file.seek(SeekFrom::Start(start)).map_err(io)?;
            let mut tail = Vec::new();
            (&mut file).take(length - start).read_to_end(&mut tail).map_err(io)?;
            let torn = !tail.is_empty() && tail.last() != Some(&b'\n');
            let mut lines: Vec<&[u8]> = tail.split(|&b| b == b'\n').collect();
            if start > 0 {
                lines.remove(0);
            }
            let found = lines.iter().rev().find_map(|line| serde_json::from_slice(line).ok());
            if found.is_some() || start == 0 {
                return Ok((found, torn));
            }
            window = window.saturating_mul(8).min(LINE_LIMIT.max(length));
        }
    }

    /// Path of the log.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn io(&self, error: io::Error) -> CustodyError {
        CustodyError::Io { path: self.path.display().to_string(), error }
    }

    fn broken(&self, line: u64, reason: &str) -> CustodyError {
        let path = self.path.display().to_string();
        CustodyError::Broken { path, line, reason: reason.to_owned() }
    }
}

fn digest(entry: &Entry) -> String {
    let bare = Entry { hash: String::new(), ..entry.clone() };
    let bytes = serde_json_canonicalizer::to_vec(&bare)
        .expect("invariant: an entry has string keys and finite numbers only");
    sha256_hex(&bytes)
}

/// The time that an entry bears: the wall clock, or what `SOURCE_DATE_EPOCH` fixes
/// (<https://reproducible-builds.org/specs/source-date-epoch/>), so that two runs can be
/// compared byte for byte. Access (consent, expiry) never goes by it.
#[must_use]
pub fn stamp() -> UtcMicros {
    source_date_epoch().unwrap_or_else(now)
}

/// The time that `SOURCE_DATE_EPOCH` fixes, if it is set to whole seconds.
#[must_use]
pub fn source_date_epoch() -> Option<UtcMicros> {
    std::env::var("SOURCE_DATE_EPOCH").ok()?.trim().parse().ok().and_then(UtcMicros::from_seconds)
}

/// The wall clock in UTC, for custody, signing and access only.
#[must_use]
#[allow(clippy::disallowed_methods)] // this is the one place
pub fn now() -> UtcMicros {
    UtcMicros::from_micros(jiff::Timestamp::now().as_microsecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, CustodyLog) {
        let dir = tempfile::tempdir().unwrap();
        let log = CustodyLog::at(dir.path().join("custody.jsonl"));
        log.append("ingest", serde_json::json!({ "n": 1 })).unwrap();
        log.append("report", Value::Null).unwrap();
        (dir, log)
    }

    #[test]
    fn entries_chain() {
        let (_dir, log) = log();
        let entries = log.verify().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].previous, entries[0].hash);
    }

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_changed_line_is_found() {
        let (_dir, log) = log();
        let text = std::fs::read_to_string(log.path()).unwrap();
        std::fs::write(log.path(), text.replace("\"n\":1", "\"n\":2")).unwrap();
        assert!(matches!(log.verify(), Err(CustodyError::Broken { line: 1, .. })));
    }

    #[test]
    fn a_torn_line_is_owned_up_to() {
        let (_dir, log) = log();
        let mut file = OpenOptions::new().append(true).open(log.path()).unwrap();
        file.write_all(b"{\"seq\":2,\"ti").unwrap();
        log.append("ingest", Value::Null).unwrap();
        assert_eq!(log.verify().unwrap().len(), 3);
    }
}
