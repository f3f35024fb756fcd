//! The checkpoint of a dossier's log (<https://c2sp.org/tlog-checkpoint>) and what
//! witnesses add to it (<https://c2sp.org/tlog-cosignature>).
//!
//! Each dossier is a log of its own that is signed once: its origin holds the run and the
//! first digits of its root, `demarche/<run>/<root>`, and the signer's key name is the
//! origin, as the specification recommends. Cosignatures come later and stand in a file
//! of their own, so that `checkpoint` never changes: the two files one after the other
//! are one signed note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demarche_core::id::hex;
use ed25519_dalek::Signer as _;

use crate::key::{PublicKey, SigningKey};
use crate::merkle::Hash;
use crate::note::{self, COSIGNATURE, Note, NoteError};

/// Size and root of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

impl Checkpoint {
    /// Of the log of `run` with this root.
    pub(crate) fn of(key: &PublicKey, run: &str, size: u64, root: Hash) -> Self {
        let run: String = run
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' })
            .collect();
        let run = if run.is_empty() { "run" } else { run.as_str() };
        let origin = format!("{}/{run}/{}", key.name(), hex(&root[..8]));
        Self { origin, size, root }
    }

    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// # Errors
    /// [`NoteError::Malformed`] with what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, NoteError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines[..] else {
            return Err(NoteError::Malformed("a checkpoint has three lines"));
        };
        let parsed: u64 = size.parse().map_err(|_| NoteError::Malformed("no tree size"))?;
        if parsed.to_string() != size {
            return Err(NoteError::Malformed("the tree size has another form"));
        }
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or(NoteError::Malformed("no root hash"))?;
        Ok(Self { origin: origin.to_owned(), size: parsed, root })
    }

    /// The signed note.
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        note::sign_as(&self.origin, &self.text(), key)
    }
}

/// Whether `origin` is one that the key `name` signs under.
pub(crate) fn is_under(origin: &str, name: &str) -> bool {
    origin.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
}

/// A witness's statement about a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness.
    pub name: String,
    /// Seconds since the epoch, as the witness's clock said.
    pub time: i64,
}

fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The signature line that a witness adds to the checkpoint `note`, at `time` in seconds
/// since the epoch.
///
/// # Errors
/// [`NoteError`] when the note is none, or no checkpoint.
pub fn cosign(note: &str, key: &SigningKey, time: u64) -> Result<String, NoteError> {
    let note = Note::parse(note)?;
    Checkpoint::parse(note.text)?;
    let witness = key.public();
    let mut blob = note::key_id(witness.name(), COSIGNATURE, witness.bytes()).to_vec();
    blob.extend_from_slice(&time.to_be_bytes());
    blob.extend_from_slice(&key.secret().sign(message(note.text, time).as_bytes()).to_bytes());
    Ok(format!("\u{2014} {} {}\n", witness.name(), STANDARD.encode(blob)))
}

/// Checks that `line` is `witness`'s cosignature of the checkpoint text.
///
/// # Errors
/// [`NoteError::UntrustedKey`] when it is another's, [`NoteError::BadSignature`] when it
/// does not fit, [`NoteError::Malformed`] when it is none.
pub(crate) fn check_cosignature(
    text: &str,
    line: &str,
    witness: &PublicKey,
) -> Result<Cosignature, NoteError> {
    let (name, id, blob) =
        note::signature(line).ok_or(NoteError::Malformed("not a signature line"))?;
    if name != witness.name() || id != note::key_id(name, COSIGNATURE, witness.bytes()) {
        return Err(NoteError::UntrustedKey);
    }
    let Some((time, signature)) = blob.split_first_chunk::<8>() else {
        return Err(NoteError::Malformed("not a cosignature"));
    };
    let time = u64::from_be_bytes(*time);
    let signature =
        ed25519_dalek::Signature::from_slice(signature).map_err(|_| NoteError::BadSignature)?;
    witness
        .verifying()
        .verify_strict(message(text, time).as_bytes(), &signature)
        .map_err(|_| NoteError::BadSignature)?;
    let time = i64::try_from(time).map_err(|_| NoteError::Malformed("a time beyond 2^63"))?;
    Ok(Cosignature { name: name.to_owned(), time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_survives_its_text_and_nothing_else_passes() {
        let key = SigningKey::from_seed([5; 32]);
        let point = Checkpoint::of(&key.public(), "r-ab12", 3, [7; 32]);
        assert_eq!(point.origin, "demarche/r-ab12/0707070707070707");
        assert_eq!(Checkpoint::parse(&point.text()), Ok(point.clone()));
        for bad in ["", "a\n1\n", "a\n01\nBw==\n", "a\n1\nBw==\n", "a\n1\nBw==\nx\n"] {
            assert!(Checkpoint::parse(bad).is_err(), "{bad:?}");
        }
        let note = point.sign(&key).unwrap();
        let note = Note::parse(&note).unwrap();
        assert_eq!(note.verify_as(&point.origin, &key.public()), Ok(()));
        assert_eq!(note.verify(&key.public()), Err(NoteError::UntrustedKey));
        assert!(is_under(&point.origin, "demarche") && !is_under("demarchex/y", "demarche"));
    }

    #[test]
    fn witnesses_sign_the_time_too() {
        let (key, witness) = (SigningKey::from_seed([5; 32]), SigningKey::from_seed([6; 32]));
        let note = Checkpoint::of(&key.public(), "r", 1, [1; 32]).sign(&key).unwrap();
        let line = cosign(&note, &witness, 1_700_000_000).unwrap();
        let whole = format!("{note}{line}");
        let parsed = Note::parse(&whole).unwrap();
        assert_eq!(parsed.claimed().len(), 2, "the two files are one note");
        let text = parsed.text;
        let line = line.trim_end();
        assert_eq!(
            check_cosignature(text, line, &witness.public()),
            Ok(Cosignature { name: "demarche".to_owned(), time: 1_700_000_000 })
        );
        assert_eq!(check_cosignature(text, line, &key.public()), Err(NoteError::UntrustedKey));
        let other = text.replace("\n1\n", "\n2\n");
        assert_eq!(
            check_cosignature(&other, line, &witness.public()),
            Err(NoteError::BadSignature)
        );
        assert!(cosign("x\n\n\u{2014} k AAAAAAAA\n", &witness, 1).is_err());
    }
}
