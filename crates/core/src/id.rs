//! Identity that does not depend on where a thing was found or when it was read.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `m1:` + 32 hex digits: blake3-128 of a message's canonical bytes.
///
/// Never of its path, source, order of ingest or Message-ID: the sender chooses
/// the Message-ID, and removing "duplicates" by it would let an attacker erase mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageUid(String);

impl MessageUid {
    /// From the RFC 5322 bytes that [`canonical`](Self) rules leave: LF line ends,
    /// store-added headers removed (readers do both).
    #[must_use]
    pub fn of_canonical(bytes: &[u8]) -> Self {
        Self(format!("m1:{}", short_hash(&[bytes])))
    }

    /// From a stored id text, unchecked: for reading our own tables.
    #[must_use]
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `sha256:` + 64 hex digits of an outer evidence file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// From a finished SHA-256.
    #[must_use]
    pub fn of_digest(digest: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(digest)))
    }

    /// From a stored id text, unchecked.
    #[must_use]
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id's text, with its `sha256:` prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case hex of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text
}

/// 32 hex digits of blake3 over length-prefixed parts: what derived ids are made of.
#[must_use]
pub fn short_hash(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        if parts.len() > 1 {
            hasher.update(&(part.len() as u64).to_le_bytes());
        }
        hasher.update(part);
    }
    hex(&hasher.finalize().as_bytes()[..16])
}

/// SHA-256 of bytes as lower-case hex, without prefix: the form of
/// [`EvidenceRef::sha256`](crate::EvidenceRef).
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// [`sha256_hex`] of bytes that come in pieces.
#[derive(Clone, Debug, Default)]
pub struct Sha256Pieces(Sha256);

impl Sha256Pieces {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all of them.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_just_joined() {
        assert_ne!(short_hash(&[b"ab", b"c"]), short_hash(&[b"a", b"bc"]));
        assert_eq!(short_hash(&[b"abc"]).len(), 32);
    }

    #[test]
    fn sha256_of_nothing() {
        let mut pieces = Sha256Pieces::default();
        pieces.update(b"ab");
        pieces.update(b"c");
        assert_eq!(pieces.finish(), sha256_hex(b"abc"));
        assert!(sha256_hex(b"").starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
