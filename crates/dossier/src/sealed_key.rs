//! A signer's key at rest: encrypted with a passphrase in the age format
//! (<https://age-encryption.org/v1>), so that any age tool can open it in need.
//!
//! Only what a key file needs of the format is here: one scrypt recipient, one chunk. The
//! `age` crate would do it too, but brings a catalogue engine and features of crates that the
//! query engine stands on. The public half lies beside the file as `<file>.pub`, for `key
//! show` without the passphrase.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::files;
use crate::key::{KeyError, PublicKey, SigningKey, hmac};

/// How an armoured file begins and ends.
const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";
const VERSION: &str = "age-encryption.org/v1";
/// 2^17 blocks of 1 KiB: about a second and 128 MiB, as age's own tools choose.
const WORK: u8 = 17;
/// Largest work factor that is taken from a file: some seconds and 1 GiB.
const MAX_WORK: u8 = 20;
/// Largest payload of one chunk.
const CHUNK: usize = 64 << 10;

fn public_file(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".pub");
    path.with_file_name(name)
}

fn refused(reason: &'static str) -> KeyError {
    KeyError::Malformed { kind: "signer's", reason }
}

impl SigningKey {
    /// Whether the key at `path` asks for a passphrase. No file asks for none.
    #[must_use]
    pub fn is_encrypted(path: &Path) -> bool {
        files::read_small(path).is_ok_and(|text| text.trim_start().starts_with(BEGIN))
    }

    /// Writes this key to `path` under `passphrase`, and its public half beside it.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when there is a file already, and what the system says.
    pub fn write_encrypted(&self, path: &Path, passphrase: &str) -> Result<(), KeyError> {
        self.write_with(path, passphrase, WORK)
    }

    fn write_with(&self, path: &Path, passphrase: &str, work: u8) -> Result<(), KeyError> {
        if passphrase.is_empty() {
            return Err(refused("an empty passphrase"));
        }
        let random =
            Random { file_key: rand::random(), salt: rand::random(), nonce: rand::random() };
        let sealed = encrypt(self.to_secret_text().as_bytes(), passphrase, work, &random)
            .ok_or(refused("it cannot be encrypted"))?;
        files::write_secret(path, &armour(&sealed)).map_err(|source| KeyError::io(path, source))?;
        let beside = public_file(path);
        files::write_inside(
            beside.parent().unwrap_or(Path::new(".")),
            &beside.file_name().unwrap_or_default().to_string_lossy(),
            format!("{}\n", self.public()).as_bytes(),
        )
        .map_err(|source| KeyError::io(&beside, source))
    }

    /// Opens the encrypted key at `path`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the passphrase is another, or it is no key.
    pub fn read_encrypted(path: &Path, passphrase: &str) -> Result<Self, KeyError> {
        let text = files::read_small(path).map_err(|source| KeyError::io(path, source))?;
        let bytes = unarmour(&text).ok_or(refused("not an encrypted key file"))?;
        let secret = decrypt(&bytes, passphrase)?;
        let secret = String::from_utf8(secret).map_err(|_| refused("the file was changed"))?;
        Self::from_secret_text(&secret)
    }

    /// The public half of the key at `path` where that needs no passphrase.
    ///
    /// # Errors
    /// When neither an open key nor a public half beside it can be read.
    pub fn public_of(path: &Path) -> Result<PublicKey, KeyError> {
        if Self::is_encrypted(path) {
            PublicKey::read(&public_file(path))
        } else {
            Self::read(path).map(|key| key.public())
        }
    }
}

/// What is drawn anew for each file.
struct Random {
    file_key: [u8; 16],
    salt: [u8; 16],
    nonce: [u8; 16],
}

fn wrapping_key(passphrase: &str, salt: &[u8; 16], work: u8) -> Option<[u8; 32]> {
    let parameters = scrypt::Params::new(work, 8, 1).ok()?;
    let salt = [format!("{VERSION}/scrypt").as_bytes(), salt].concat();
    let mut key = [0; 32];
    scrypt::scrypt(passphrase.as_bytes(), &salt, &parameters, &mut key).ok()?;
    Some(key)
}

fn derived(file_key: &[u8; 16], salt: &[u8], info: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), file_key)
        .expand(info.as_bytes(), &mut key)
        .expect("invariant: 32 bytes are fewer than HKDF's limit");
    key
}

/// The nonce of a payload's only chunk: counter 0, last.
const LAST: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

fn encrypt(plain: &[u8], passphrase: &str, work: u8, random: &Random) -> Option<Vec<u8>> {
    if plain.len() > CHUNK {
        return None;
    }
    let wrap = wrapping_key(passphrase, &random.salt, work)?;
    let body = ChaCha20Poly1305::new(&wrap.into())
        .encrypt(&[0; 12].into(), random.file_key.as_slice())
        .ok()?;
    let header = format!(
        "{VERSION}\n-> scrypt {} {work}\n{}\n---",
        STANDARD_NO_PAD.encode(random.salt),
        STANDARD_NO_PAD.encode(body)
    );
    let mac = hmac(&derived(&random.file_key, &[], "header"), &[header.as_bytes()]);
    let payload =
        ChaCha20Poly1305::new(&derived(&random.file_key, &random.nonce, "payload").into())
            .encrypt(&LAST.into(), plain)
            .ok()?;
    let mut out = format!("{header} {}\n", STANDARD_NO_PAD.encode(mac)).into_bytes();
    out.extend_from_slice(&random.nonce);
    out.extend_from_slice(&payload);
    Some(out)
}

fn decrypt(bytes: &[u8], passphrase: &str) -> Result<Vec<u8>, KeyError> {
    let bad = || refused("not an encrypted key file");
    let other = || refused("another passphrase, or the file was changed");
    let mac_at = bytes.windows(5).position(|w| w == b"\n--- ").ok_or_else(bad)? + 1;
    let header_end = mac_at + 3;
    let line_end = bytes[mac_at..].iter().position(|b| *b == b'\n').ok_or_else(bad)? + mac_at;
    let header = std::str::from_utf8(&bytes[..header_end]).map_err(|_| bad())?;
    let lines: Vec<&str> = header.split('\n').collect();
    let [VERSION, stanza, body, "---"] = lines[..] else { return Err(bad()) };
    let words: Vec<&str> = stanza.split(' ').collect();
    let ["->", "scrypt", salt, work] = words[..] else { return Err(bad()) };
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).map_err(|_| bad());
    let salt: [u8; 16] = decode(salt)?.try_into().map_err(|_| bad())?;
    let work: u8 = work.parse().map_err(|_| bad())?;
    if !(1..=MAX_WORK).contains(&work) {
        return Err(refused("its work factor is excessive"));
    }
    let wrap = wrapping_key(passphrase, &salt, work).ok_or_else(bad)?;
    let file_key = ChaCha20Poly1305::new(&wrap.into())
        .decrypt(&[0; 12].into(), decode(body)?.as_slice())
        .map_err(|_| other())?;
    let file_key: [u8; 16] = file_key.try_into().map_err(|_| bad())?;
    let mac = hmac(&derived(&file_key, &[], "header"), &[header.as_bytes()]);
    let stated = std::str::from_utf8(&bytes[header_end + 1..line_end]).map_err(|_| bad())?;
    if decode(stated)? != mac {
        return Err(other());
    }
    let payload = &bytes[line_end + 1..];
    let (nonce, payload) = payload.split_first_chunk::<16>().ok_or_else(bad)?;
    if payload.len() > CHUNK + 16 {
        return Err(bad());
    }
    ChaCha20Poly1305::new(&derived(&file_key, nonce, "payload").into())
        .decrypt(&LAST.into(), payload)
        .map_err(|_| other())
}

fn armour(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut text = format!("{BEGIN}\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str(END);
    text.push('\n');
    text
}

fn unarmour(text: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/signer.key");
        let key = SigningKey::from_seed([4; 32]);
        key.write_with(&path, "correct horse", 4).unwrap();
        let text = files::read_small(&path).unwrap();
        assert!(text.starts_with(BEGIN) && !text.contains("PRIVATE"));
        assert!(SigningKey::is_encrypted(&path));
        let opened = SigningKey::read_encrypted(&path, "correct horse").unwrap();
        assert_eq!(opened.public(), key.public());
        let error = SigningKey::read_encrypted(&path, "wrong").unwrap_err().to_string();
        assert!(error.contains("another passphrase"), "{error}");
        assert!(SigningKey::read(&path).is_err());
        assert_eq!(SigningKey::public_of(&path).unwrap(), key.public());
        assert!(matches!(key.write_with(&path, "again", 4), Err(KeyError::Exists(_))));
        assert!(key.write_encrypted(&dir.path().join("x"), "").is_err());
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let random = Random { file_key: [1; 16], salt: [2; 16], nonce: [3; 16] };
        let good = encrypt(b"secret", "p", 2, &random).unwrap();
        assert_eq!(decrypt(&good, "p").unwrap(), b"secret");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            // 2^1 to 2^20 blocks are honest work factors; the last would only take long.
            assert!(decrypt(&bad, "p").is_err(), "byte {at}");
        }
        assert!(decrypt(b"", "p").is_err() && decrypt(b"age\n--- \n", "p").is_err());
    }

    /// Made by pyrage 1.4 (the rage library), passphrase `correct horse`.
    #[test]
    #[ignore = "its work factor takes half a gigabyte and some seconds"]
    fn a_file_of_another_tool_opens() {
        let Some(bytes) = unarmour(include_str!("testdata/rage.age")) else {
            panic!("the test file is armoured")
        };
        assert_eq!(decrypt(&bytes, "correct horse").unwrap(), b"from another tool\n");
    }
}
