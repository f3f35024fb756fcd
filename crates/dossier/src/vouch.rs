//! What others add to a dossier after it was signed: cosignatures of witnesses and time
//! stamps. Requests go out as files and answers come in as files; nothing is sent.

use std::path::Path;

use crate::bundle::{self, BundleError, CHECKPOINT, COSIGNATURES, TIME};
use crate::checkpoint::{Cosignature, check_cosignature};
use crate::files;
use crate::key::PublicKey;
use crate::note::{self, Note};
use crate::timestamp::{self, TimeError, Token};

fn checkpoint(dir: &Path) -> Result<String, BundleError> {
    files::read_small(&dir.join(CHECKPOINT)).map_err(|source| BundleError::Io {
        path: dir.join(CHECKPOINT).display().to_string(),
        source,
    })
}

/// The request to a witness, in the form of the `add-checkpoint` call of
/// <https://c2sp.org/tlog-witness>: no earlier checkpoint is known of a log that is signed
/// once, so the old size is 0 and no proof follows.
///
/// # Errors
/// When `dir` is no dossier.
pub fn witness_request(dir: &Path) -> Result<String, BundleError> {
    Ok(format!("old 0\n\n{}", checkpoint(dir)?))
}

/// Adds a witness's signature line (alone, or at the end of a whole note) to the dossier,
/// after checking it against the witness's key.
///
/// # Errors
/// When it is not `witness`'s cosignature of this checkpoint, or the folder cannot be
/// written.
pub fn add_cosignature(
    dir: &Path,
    answer: &str,
    witness: &PublicKey,
) -> Result<Cosignature, BundleError> {
    let text = checkpoint(dir)?;
    let note = Note::parse(&text)?;
    let mut refused = note::NoteError::UntrustedKey;
    for line in answer.lines().filter(|line| line.starts_with('\u{2014}')) {
        match check_cosignature(note.text, line, witness) {
            Ok(cosignature) => {
                let before = files::read_small(&dir.join(COSIGNATURES)).unwrap_or_default();
                if !before.lines().any(|there| there == line) {
                    let after = format!("{before}{line}\n");
                    let added = [(COSIGNATURES.to_owned(), after.into_bytes())];
                    bundle::add_tags(dir, &added)?;
                }
                return Ok(cosignature);
            }
            Err(error) if error != note::NoteError::UntrustedKey => refused = error,
            Err(_) => {}
        }
    }
    let why = match refused {
        note::NoteError::UntrustedKey => "no line of this witness's key".to_owned(),
        other => other.to_string(),
    };
    Err(BundleError::Refused(format!("the cosignature is not added: {why}")))
}

/// The request (DER) to a time-stamping authority over the dossier's checkpoint; it is kept
/// in the dossier as `time/<name>.tsq`, so that the answer can be held to it.
///
/// # Errors
/// A name that is not plain letters, digits, `-` and `_`, or a folder that is no dossier.
pub fn time_request(dir: &Path, name: &str) -> Result<Vec<u8>, BundleError> {
    let name = plain(name)?;
    let request = timestamp::request(checkpoint(dir)?.as_bytes(), rand::random())
        .map_err(|error| BundleError::Refused(error.to_string()))?;
    bundle::add_tags(dir, &[(format!("{TIME}{name}.tsq"), request.clone())])?;
    Ok(request)
}

/// Takes an authority's response into the dossier as `time/<name>.tsr`, after checking all
/// of it that `roots` allow.
///
/// # Errors
/// As [`time_request`], and when the response does not hold.
pub fn add_time(
    dir: &Path,
    name: &str,
    response: &[u8],
    roots: &[Vec<u8>],
) -> Result<Token, BundleError> {
    let name = plain(name)?;
    let request = dir.join(format!("{TIME}{name}.tsq"));
    let request = files::read_bounded(&request, 1 << 20).ok();
    let stamped = checkpoint(dir)?;
    let refused =
        |error: TimeError| BundleError::Refused(format!("the time stamp is not added: {error}"));
    let token = timestamp::check_response(response, stamped.as_bytes(), request.as_deref(), roots)
        .map_err(refused)?;
    bundle::add_tags(dir, &[(format!("{TIME}{name}.tsr"), response.to_vec())])?;
    Ok(token)
}

fn plain(name: &str) -> Result<&str, BundleError> {
    let plain = !name.is_empty()
        && name.len() <= 60
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain {
        Ok(name)
    } else {
        Err(BundleError::Refused(format!("`{name}` is no plain name: letters, digits, `-`, `_`")))
    }
}
