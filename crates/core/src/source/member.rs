//! One decompressed file of a source, as a stream with its beginning at hand.

use std::io::{self, Read};

use crate::id::sha256_hex;
use crate::{EvidenceRef, Locator, SourceId};

/// How many bytes of a member's beginning readers may look at before choosing.
pub const SNIFF_LEN: usize = 64 * 1024;

/// A member of a source. Reading it yields all its bytes, those of
/// [`prefix`](Self::prefix) included.
pub struct Member<'a> {
    source: SourceId,
    path: String,
    prefix: Vec<u8>,
    consumed: usize,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Member<'a> {
    /// Takes the first [`SNIFF_LEN`] bytes off `stream`.
    ///
    /// # Errors
    /// What the stream says, but only when it failed before its first byte; a later
    /// failure comes up again while reading.
    pub fn new(source: SourceId, path: String, mut stream: Box<dyn Read + 'a>) -> io::Result<Self> {
        let mut prefix = vec![0; SNIFF_LEN];
        let mut filled = 0;
        while filled < prefix.len() {
            match stream.read(&mut prefix[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    prefix.truncate(filled);
                    let rest: Box<dyn Read + 'a> = Box::new(Failing(Some(error)));
                    return Ok(Self { source, path, prefix, consumed: 0, rest });
                }
            }
        }
        prefix.truncate(filled);
        Ok(Self { source, path, prefix, consumed: 0, rest: stream })
    }

    /// The outer file's id.
    #[must_use]
    pub fn source(&self) -> &SourceId {
        &self.source
    }

    /// Display path, members after `!/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The first bytes, at most [`SNIFF_LEN`]; shorter only when the member is.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Cites `bytes`, which stand at `offset` of this member.
    #[must_use]
    pub fn cite(&self, offset: u64, bytes: &[u8]) -> EvidenceRef {
        self.cite_at(offset, bytes, None)
    }

    /// Cites `bytes` at `offset`, which are data row `row` of this member.
    #[must_use]
    pub fn cite_row(&self, offset: u64, bytes: &[u8], row: u64) -> EvidenceRef {
        self.cite_at(offset, bytes, Some(Locator { row: Some(row) }))
    }

    fn cite_at(&self, offset: u64, bytes: &[u8], locator: Option<Locator>) -> EvidenceRef {
        EvidenceRef {
            source: self.source.clone(),
            path: self.path.clone(),
            offset,
            length: bytes.len() as u64,
            locator,
            sha256: sha256_hex(bytes),
        }
    }
}

impl Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = &self.prefix[self.consumed..];
        if left.is_empty() {
            return self.rest.read(buffer);
        }
        let n = left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&left[..n]);
        self.consumed += n;
        Ok(n)
    }
}

/// Hands a failure on once, then ends.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_yields_the_prefix_too() {
        let bytes = vec![7_u8; SNIFF_LEN + 10];
        let mut member =
            Member::new(SourceId::default(), "a".into(), Box::new(&bytes[..])).unwrap();
        assert_eq!(member.prefix().len(), SNIFF_LEN);
        let mut all = Vec::new();
        member.read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes);
    }

    #[test]
    fn a_late_failure_comes_up_while_reading() {
        let stream = b"abc".chain(Failing(Some(io::Error::other("torn"))));
        let mut member = Member::new(SourceId::default(), "a".into(), Box::new(stream)).unwrap();
        assert_eq!(member.prefix(), b"abc");
        assert!(member.read_to_end(&mut Vec::new()).is_err());
    }
}
