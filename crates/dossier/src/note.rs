//! C2SP signed notes (<https://c2sp.org/signed-note>) with Ed25519 (RFC 8032).
//!
//! A note is a text ending in a newline, an empty line, and signature lines
//! `— <key name> <base64(key id || signature)>`. The key id is the first four bytes of
//! `SHA-256(key name || 0x0A || 0x01 || public key)`. Signature lines of other keys are
//! skipped, as the specification asks; one of the trusted key that does not verify
//! refuses the whole note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

use crate::key::{PublicKey, SigningKey};

/// At most so many signature lines are looked at.
const MAX_SIGNATURES: usize = 100;

/// The signature type byte of Ed25519.
pub(crate) const ED25519: u8 = 1;
/// That of a witness's Ed25519 cosignature with its time.
pub(crate) const COSIGNATURE: u8 = 4;

/// Why a note is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a signed note at all.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// No signature line is the trusted key's.
    #[error("untrusted key")]
    UntrustedKey,
    /// The trusted key's signature does not fit the text.
    #[error("the signature does not fit the text")]
    BadSignature,
}

/// The key id of a name and an Ed25519 public key that signs in the way of `kind`.
pub(crate) fn key_id(name: &str, kind: u8, public: &[u8; 32]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', kind]);
    hash.update(public);
    let digest = hash.finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Signs `text` under `name`. The text must end in a newline and hold no other control
/// character.
///
/// # Errors
/// [`NoteError::Malformed`] when the text is not such a text, or the name is none.
pub(crate) fn sign_as(name: &str, text: &str, key: &SigningKey) -> Result<String, NoteError> {
    check_text(text)?;
    if !valid_name(name) {
        return Err(NoteError::Malformed("a bad key name"));
    }
    let mut blob = key_id(name, ED25519, key.public().bytes()).to_vec();
    blob.extend_from_slice(&key.secret().sign(text.as_bytes()).to_bytes());
    Ok(format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(blob)))
}

/// A short text of ours as a signed note under the key's own name; characters that a note
/// may not hold become spaces.
#[must_use]
pub fn sign_text(text: &str, key: &SigningKey) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let text = format!("{}\n", text.trim_end());
    sign_as(key.public().name(), &text, key).unwrap_or_default()
}

/// A note taken apart; nothing in it may be believed before [`Note::verify`].
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// The text that signatures cover, with its final newline.
    pub text: &'a str,
    /// Key name, key id, signature.
    signatures: Vec<(&'a str, [u8; 4], Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Takes `note` apart at its last empty line.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] with what is wrong.
    pub fn parse(note: &'a str) -> Result<Self, NoteError> {
        let split = note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line"))?;
        let text = &note[..=split];
        check_text(text)?;
        let lines = &note[split + 2..];
        if !lines.ends_with('\n') {
            return Err(NoteError::Malformed("no newline at the end"));
        }
        let signatures: Vec<_> = lines
            .lines()
            .take(MAX_SIGNATURES + 1)
            .map(|line| signature(line).ok_or(NoteError::Malformed("not a signature line")))
            .collect::<Result<_, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("too many signatures"));
        }
        Ok(Self { text, signatures })
    }

    /// Checks the signature of `key`.
    ///
    /// # Errors
    /// [`NoteError::UntrustedKey`] when `key` did not sign at all,
    /// [`NoteError::BadSignature`] when its signature does not fit.
    pub fn verify(&self, key: &PublicKey) -> Result<(), NoteError> {
        self.verify_as(key.name(), key)
    }

    /// The same for a note that `key` signed under another name.
    pub(crate) fn verify_as(&self, signer: &str, key: &PublicKey) -> Result<(), NoteError> {
        let wanted = key_id(signer, ED25519, key.bytes());
        let mut seen = false;
        for (name, id, bytes) in &self.signatures {
            if *name != signer || *id != wanted {
                continue;
            }
            seen = true;
            let signature =
                ed25519_dalek::Signature::from_slice(bytes).map_err(|_| NoteError::BadSignature)?;
            key.verifying()
                .verify_strict(self.text.as_bytes(), &signature)
                .map_err(|_| NoteError::BadSignature)?;
        }
        if seen { Ok(()) } else { Err(NoteError::UntrustedKey) }
    }

    /// Names and ids of the keys that the note claims to be signed by, for messages.
    #[must_use]
    pub fn claimed(&self) -> Vec<String> {
        self.signatures
            .iter()
            .map(|(name, id, _)| format!("{name}+{}", demarche_core::id::hex(id)))
            .collect()
    }
}

/// Key name, key id and the rest of a signature line.
pub(crate) fn signature(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, blob) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    if !valid_name(name) {
        return None;
    }
    let blob = STANDARD.decode(blob).ok()?;
    let (id, signature) = blob.split_first_chunk::<4>()?;
    (!signature.is_empty()).then(|| (name, *id, signature.to_vec()))
}

/// Key names are not empty and have neither Unicode spaces nor `+`.
pub(crate) fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end in a newline"));
    }
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed("a control character in the text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed([seed; 32])
    }

    #[test]
    fn the_example_of_the_specification_parses() {
        let note = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \
            \u{e8} subito sera.\n\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFD\
            kO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
        let parsed = Note::parse(note).unwrap();
        assert!(parsed.text.ends_with("subito sera.\n"));
        assert_eq!(parsed.claimed(), ["quasimodo.example/salvatore+367ba04b"]);
        assert_eq!(parsed.verify(&key(1).public()), Err(NoteError::UntrustedKey));
    }

    #[test]
    fn a_published_note_of_another_implementation_verifies() {
        // The example in the documentation of Hex package signed_note 1.0.
        let key: PublicKey =
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
                .parse()
                .unwrap();
        let note = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYR\
            lL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        assert_eq!(Note::parse(note).unwrap().verify(&key), Ok(()));
        let changed = note.replace("example message", "Example message");
        assert_eq!(Note::parse(&changed).unwrap().verify(&key), Err(NoteError::BadSignature));
    }

    #[test]
    fn what_we_sign_verifies_and_nothing_else_does() {
        let sign = |text: &str, key: &SigningKey| sign_as("demarche", text, key);
        let note = sign("{\"a\":1}\n", &key(7)).unwrap();
        let parsed = Note::parse(&note).unwrap();
        assert_eq!(parsed.text, "{\"a\":1}\n");
        assert_eq!(parsed.verify(&key(7).public()), Ok(()));
        assert_eq!(parsed.verify(&key(8).public()), Err(NoteError::UntrustedKey));
        assert!(sign("no newline", &key(7)).is_err());
        assert!(sign("a\ttab\n", &key(7)).is_err());
    }

    #[test]
    fn broken_notes_are_refused_without_panic() {
        for note in ["", "\n\n", "a\n", "a\n\n", "a\n\nb\n", "a\n\n\u{2014} k AAAA\n", "a\r\n\nx"] {
            match Note::parse(note) {
                Err(NoteError::Malformed(_)) => {}
                Ok(parsed) => assert!(parsed.verify(&key(1).public()).is_err(), "{note:?}"),
                Err(other) => panic!("{note:?}: {other}"),
            }
        }
    }
}
