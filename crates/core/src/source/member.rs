//! One decompressed file of a source, as a stream with its beginning at hand.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

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
    /// The source itself, when it is this member.
    file: Option<File>,
    wanted_from: u64,
    keeps_content: bool,
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
                    let file = None;
                    return Ok(Self {
                        source,
                        path,
                        prefix,
                        consumed: 0,
                        rest,
                        file,
                        wanted_from: 0,
                        keeps_content: false,
                    });
                }
            }
        }
        prefix.truncate(filled);
        Ok(Self {
            source,
            path,
            prefix,
            consumed: 0,
            rest: stream,
            file: None,
            wanted_from: 0,
            keeps_content: false,
        })
    }

    /// Says that the member is this whole file.
    pub(super) fn with_file(mut self, file: File) -> Self {
        self.file = Some(file);
        self
    }

    /// The whole member for reading in any order. A source that is no container is read
    /// where it lies; a member of one is copied to an unnamed temporary file first.
    /// Nothing is left to [`read`](Read::read) afterwards.
    ///
    /// # Errors
    /// When the member is longer than `most` bytes and would have to be copied, and what
    /// its stream or the temporary file says.
    pub fn seekable(&mut self, most: u64) -> io::Result<Seekable> {
        if let Some(file) = self.file.take() {
            return Ok(Seekable(Held::File(file)));
        }
        let mut held = tempfile::SpooledTempFile::new(64 << 20);
        let copied = io::copy(&mut self.by_ref().take(most.saturating_add(1)), &mut held)?;
        if copied > most {
            return Err(io::Error::other(format!(
                "over {} GiB inside a container: take it out to have it read",
                most >> 30
            )));
        }
        Ok(Seekable(Held::Copy(held)))
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

    /// Records that begin before this offset are stored already: a reader may pass them
    /// by unparsed, and whoever takes its records leaves them out.
    #[must_use]
    pub fn wanted_from(&self) -> u64 {
        self.wanted_from
    }

    /// See [`wanted_from`](Self::wanted_from).
    pub fn want_from(&mut self, offset: u64) {
        self.wanted_from = offset;
    }

    /// Whether readers are to hand on the bytes of attachments.
    #[must_use]
    pub fn keeps_content(&self) -> bool {
        self.keeps_content
    }

    /// See [`keeps_content`](Self::keeps_content).
    pub fn keep_content(&mut self) {
        self.keeps_content = true;
    }

    /// Cites `bytes`, which stand at `offset` of this member.
    #[must_use]
    pub fn cite(&self, offset: u64, bytes: &[u8]) -> EvidenceRef {
        self.cite_at(offset, bytes, None)
    }

    /// Cites `bytes` at `offset`, which are data row `row` of this member.
    #[must_use]
    pub fn cite_row(&self, offset: u64, bytes: &[u8], row: u64) -> EvidenceRef {
        self.cite_at(offset, bytes, Some(Locator { row: Some(row), ..Locator::default() }))
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

/// A member for reading in any order; see [`Member::seekable`].
pub struct Seekable(Held);

enum Held {
    File(File),
    Copy(tempfile::SpooledTempFile),
}

impl Read for Seekable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Held::File(file) => file.read(buffer),
            Held::Copy(copy) => copy.read(buffer),
        }
    }
}

impl Seek for Seekable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            Held::File(file) => file.seek(to),
            Held::Copy(copy) => copy.seek(to),
        }
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
    fn a_member_can_be_read_in_any_order() {
        let bytes: Vec<u8> = (0..=255).cycle().take(SNIFF_LEN + 10).collect();
        let member = || Member::new(SourceId::default(), "a".into(), Box::new(&bytes[..])).unwrap();
        let mut held = member().seekable(1 << 20).unwrap();
        held.seek(SeekFrom::Start(SNIFF_LEN as u64)).unwrap();
        let mut end = Vec::new();
        held.read_to_end(&mut end).unwrap();
        assert_eq!(end, bytes[SNIFF_LEN..]);
        assert!(member().seekable(100).is_err());
    }

    #[test]
    fn a_late_failure_comes_up_while_reading() {
        let stream = b"abc".chain(Failing(Some(io::Error::other("torn"))));
        let mut member = Member::new(SourceId::default(), "a".into(), Box::new(stream)).unwrap();
        assert_eq!(member.prefix(), b"abc");
        assert!(member.read_to_end(&mut Vec::new()).is_err());
    }
}
