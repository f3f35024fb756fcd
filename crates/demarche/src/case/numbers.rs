//! The case's key for telephone numbers, `number.key` in the case folder.

#![allow(clippy::disallowed_methods)] // our own file, never evidence

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use demarche_core::RosterEntry;
use demarche_core::number::{NumberKey, Readable};

use super::CaseError;

const FILE: &str = "number.key";

/// The key of a case, made at the first need: readable by its owner only, and never
/// overwritten. A case whose key is lost keeps its tables; what comes in later is joined
/// to nothing that was there, and the roster shows nothing of it.
///
/// # Errors
/// What the file says, or that it holds no key.
pub(super) fn read_or_create(case: &Path) -> Result<NumberKey, CaseError> {
    if let Some(key) = read(case)? {
        return Ok(key);
    }
    let key = NumberKey::new(rand::random());
    write(case, &key)?;
    Ok(key)
}

/// The key of a case; `None` while there is none.
///
/// # Errors
/// What the file says, or that it holds no key.
pub(super) fn read(case: &Path) -> Result<Option<NumberKey>, CaseError> {
    let path = case.join(FILE);
    let failed = |error| CaseError::File { path: path.display().to_string(), error };
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
        Ok(text) => NumberKey::from_hex(&text)
            .map(Some)
            .ok_or_else(|| failed(io::Error::new(ErrorKind::InvalidData, "not a key"))),
    }
}

/// Writes the key of a case that has none: whole or not at all.
pub(super) fn write(case: &Path, key: &NumberKey) -> Result<(), CaseError> {
    let (path, beside) = (case.join(FILE), case.join("number.new"));
    let write = || -> io::Result<()> {
        fs::create_dir_all(case)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&beside)?;
        writeln!(file, "{}", key.to_hex())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().map_err(|error| CaseError::File { path: path.display().to_string(), error })
}

/// Which numbers of a case may be shown: those of its roster.
pub(super) fn readable(case: &Path, roster: &[RosterEntry]) -> Result<Readable, CaseError> {
    let phones = roster.iter().flat_map(|entry| entry.phones.iter().map(String::as_str));
    Ok(read(case)?.map_or_else(Readable::default, |key| Readable::new(&key, phones)))
}
