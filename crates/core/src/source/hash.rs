//! Hashing sources whole: at ingest, and again at report.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::SourceError;
use crate::SourceId;

/// A source's identity and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedSource {
    /// SHA-256 of the whole file.
    pub id: SourceId,
    /// Bytes.
    pub bytes: u64,
}

/// Hashes a file; memory stays constant.
///
/// # Errors
/// [`SourceError::Io`] when it cannot be opened or read to its end.
pub fn hash_file(path: &Path) -> Result<HashedSource, SourceError> {
    hash_file_with(path, &mut |_| {})
}

/// [`hash_file`] that calls `progress` with the number of bytes since the last call.
///
/// # Errors
/// As [`hash_file`].
pub fn hash_file_with(
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<HashedSource, SourceError> {
    let io = |error| SourceError::Io { path: path.display().to_string(), error };
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hasher.update(&buffer[..n]);
                bytes += n as u64;
                progress(n as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io(error)),
        }
    }
    Ok(HashedSource { id: SourceId::of_digest(&hasher.finalize()), bytes })
}
