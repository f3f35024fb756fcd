//! The signer's key: an Ed25519 key pair in the text forms of C2SP signed notes.
//!
//! Public: `demarche+<key id, 8 hex digits>+<base64(0x01 || key)>`, as verifiers of
//! signed notes read it. Secret: `PRIVATE+KEY+demarche+<key id>+<base64(0x01 || seed)>`,
//! the form that Go's `sumdb/note` writes. Who gets the secret key can sign in the
//! institution's name; losing it means only that a new public key must be handed out.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use crate::{files, note};

/// The name that our signature lines carry.
pub const KEY_NAME: &str = "demarche";

const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a key.
    #[error("not a {kind} key: {reason}")]
    Malformed {
        /// `public` or `signer's`.
        kind: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A key is there already and is never overwritten.
    #[error("{0} exists already; a key is never overwritten")]
    Exists(String),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The key file.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl KeyError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            Self::Exists(path.display().to_string())
        } else {
            Self::Io { path: path.display().to_string(), source }
        }
    }
}

/// A key that dossiers are checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Name on the signature line.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of the hash of name and key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        note::key_id(&self.name, note::ED25519, self.key.as_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.key
    }

    /// Reads a public key file: the first line that is not empty.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read or holds no public key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        files::read_small(path).map_err(|source| KeyError::io(path, source))?.parse()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = demarche_core::id::hex(&self.id());
        write!(f, "{}+{id}+{}", self.name, encode(self.key.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let malformed = |reason| KeyError::Malformed { kind: "public", reason };
        let text = text.trim();
        if text.starts_with(SECRET_PREFIX) {
            return Err(malformed("this is the secret key; keep it to yourself"));
        }
        let (name, id, kind, bytes) = parts(text).map_err(malformed)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| malformed("not on the curve"))?;
        if key.is_weak() {
            return Err(malformed("a weak key"));
        }
        if note::key_id(name, kind, key.as_bytes()) != id {
            return Err(malformed("its id does not fit it"));
        }
        Ok(Self { name: name.to_owned(), key })
    }
}

/// The key that signs. Never printed by `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

impl SigningKey {
    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_seed(rand::random())
    }

    /// From the 32 secret bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        Self { name: KEY_NAME.to_owned(), key }
    }

    /// The same key under another name: a witness's should say who it is.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the name is empty or holds a space or `+`.
    pub fn named(self, name: &str) -> Result<Self, KeyError> {
        if !note::valid_name(name) {
            return Err(KeyError::Malformed { kind: "signer's", reason: "a bad name" });
        }
        Ok(Self { name: name.to_owned(), ..self })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    pub(crate) fn secret(&self) -> &ed25519_dalek::SigningKey {
        &self.key
    }

    /// The secret of one run, which salts its records and makes its pseudonyms: HMAC of the
    /// run's id under the seed, so that the same signer and run give the same dossier, and
    /// nobody else can try out what a withheld record says.
    #[must_use]
    pub fn case_secret(&self, run_id: &str) -> [u8; 32] {
        hmac(&self.key.to_bytes(), &[b"demarche case secret/1\n", run_id.as_bytes()])
    }

    /// Makes a key and writes it to `path` (mode 0600), its folder too if missing.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when there is a file already; nothing is overwritten.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let key = Self::generate();
        key.write_open(path)?;
        Ok(key)
    }

    /// Writes this key to `path` as it is (mode 0600), its folder too if missing.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when there is a file already; nothing is overwritten.
    pub fn write_open(&self, path: &Path) -> Result<(), KeyError> {
        files::write_secret(path, &self.to_secret_text())
            .map_err(|source| KeyError::io(path, source))
    }

    /// Reads a key that [`SigningKey::create`] wrote.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read or holds no signer's key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = files::read_small(path).map_err(|source| KeyError::io(path, source))?;
        Self::from_secret_text(&text)
    }

    /// Reads the key at `path`, or makes it on first need.
    ///
    /// # Errors
    /// As [`SigningKey::read`] and [`SigningKey::create`].
    pub fn read_or_create(path: &Path) -> Result<Self, KeyError> {
        match Self::create(path) {
            Err(KeyError::Exists(_)) => Self::read(path),
            other => other,
        }
    }

    pub(crate) fn to_secret_text(&self) -> String {
        let public = self.public();
        let id = demarche_core::id::hex(&public.id());
        format!("{SECRET_PREFIX}{}+{id}+{}\n", public.name, encode(&self.key.to_bytes()))
    }

    pub(crate) fn from_secret_text(text: &str) -> Result<Self, KeyError> {
        let malformed = |reason| KeyError::Malformed { kind: "signer's", reason };
        let rest = text.trim().strip_prefix(SECRET_PREFIX).ok_or(malformed("no PRIVATE+KEY+"))?;
        let (name, id, kind, seed) = parts(rest).map_err(malformed)?;
        if kind != note::ED25519 {
            return Err(malformed("not an Ed25519 key"));
        }
        let key = Self::from_seed(seed).named(name)?;
        if key.public().id() != id {
            return Err(malformed("its id does not fit it"));
        }
        Ok(key)
    }
}

/// HMAC-SHA-256 (RFC 2104) of the parts, one after the other.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    use hmac::{KeyInit as _, Mac as _};
    // A key of 32 bytes is shorter than a block, so the fixed-size form takes it.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = hmac::Hmac::<sha2::Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Name, key id, kind, the 32 bytes.
type Parts<'a> = (&'a str, [u8; 4], u8, [u8; 32]);

/// `name+id+base64(kind || 32 bytes)`; the kind is 1 of a signer, 4 of a witness.
fn parts(text: &str) -> Result<Parts<'_>, &'static str> {
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(blob)) = (fields.next(), fields.next(), fields.next()) else {
        return Err("not name+id+key");
    };
    if !note::valid_name(name) {
        return Err("a bad name");
    }
    let id = (id.len() == 8).then(|| u32::from_str_radix(id, 16).ok()).flatten();
    let id = id.ok_or("a bad key id")?.to_be_bytes();
    let blob = STANDARD.decode(blob).map_err(|_| "not base64")?;
    match blob.split_first() {
        Some((&kind @ (note::ED25519 | note::COSIGNATURE), bytes)) => {
            Ok((name, id, kind, bytes.try_into().map_err(|_| "not 32 bytes long")?))
        }
        _ => Err("not an Ed25519 key"),
    }
}

fn encode(bytes: &[u8; 32]) -> String {
    let mut blob = vec![note::ED25519];
    blob.extend_from_slice(bytes);
    STANDARD.encode(blob)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text_forms() {
        let key = SigningKey::from_seed([3; 32]);
        let again = SigningKey::from_secret_text(&key.to_secret_text()).unwrap();
        assert_eq!(again.public(), key.public());
        let public: PublicKey = key.public().to_string().parse().unwrap();
        assert_eq!(public, key.public());
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_key_file_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config/demarche/signer.key");
        let made = SigningKey::read_or_create(&path).unwrap();
        assert_eq!(SigningKey::read_or_create(&path).unwrap().public(), made.public());
        assert!(matches!(SigningKey::create(&path), Err(KeyError::Exists(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn bad_keys_are_refused_with_a_reason() {
        let good = SigningKey::from_seed([3; 32]);
        let text = good.public().to_string();
        let cases = ["", "demarche", "demarche+00000000+", &text.replace('+', "-"), &text[..40]];
        for case in cases {
            assert!(case.parse::<PublicKey>().is_err(), "{case}");
        }
        let secret = good.to_secret_text();
        let error = secret.parse::<PublicKey>().unwrap_err().to_string();
        assert!(error.contains("secret"), "{error}");
        assert!(SigningKey::from_secret_text(&text).is_err());
    }
}
