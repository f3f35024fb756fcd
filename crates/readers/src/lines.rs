//! Cutting a member into the pieces that records are made of, with the exact place of
//! each: lines, CSV rows (RFC 4180) and JSON elements (RFC 8259).
//!
//! All of it streams: what is held is one piece and one read-ahead chunk, and a piece
//! is at most [`BOUND`] bytes. A longer one is handed on as a *fault* (its beginning
//! and why it was not read), and the next piece follows. Offsets always count bytes of
//! the member as it lies in the source, also where the text is UTF-16 (see [`utf16`]).

mod elements;
mod rows;
#[cfg(test)]
pub(crate) mod testing;
mod utf16;
mod window;

use std::borrow::Cow;
use std::io;

use demarche_core::id::sha256_hex;
use demarche_core::source::Member;
use demarche_core::{EvidenceRef, Locator};
use memchr::memchr;

pub(crate) use elements::{Elements, End, Layout};
pub(crate) use rows::{Header, KeptRow, Row, Rows};
use utf16::Endian;
use window::Window;

/// The longest piece that is read, in bytes of its UTF-8 text: 16 MiB.
pub(crate) const BOUND: usize = 16 << 20;

/// How much of a piece that is not read its anomaly cites, in bytes.
const HEAD: usize = 4096;

/// A piece of a member and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'w> {
    /// The text, without line end; bytes that are not UTF-8 as they stand. For a fault
    /// only its beginning.
    pub(crate) bytes: &'w [u8],
    /// Its first byte in the member.
    pub(crate) offset: u64,
    /// Why it could not be cut out whole.
    pub(crate) fault: Option<&'static str>,
    wide: Option<Endian>,
}

impl Piece<'_> {
    /// Cites the piece.
    pub(crate) fn cite(&self, member: &Member<'_>) -> EvidenceRef {
        member.cite(self.offset, &self.original())
    }

    /// Cites the piece as data row (or array element) `row`.
    pub(crate) fn cite_row(&self, member: &Member<'_>, row: u64) -> EvidenceRef {
        member.cite_row(self.offset, &self.original(), row)
    }

    /// Cites the piece as row `row` of the member that `member` cites.
    pub(crate) fn cite_like(&self, member: &EvidenceRef, row: u64) -> EvidenceRef {
        let original = self.original();
        EvidenceRef {
            offset: self.offset,
            length: original.len() as u64,
            locator: Some(Locator { row: Some(row), ..Locator::default() }),
            sha256: sha256_hex(&original),
            ..member.clone()
        }
    }

    /// A copy that can be kept.
    pub(crate) fn keep(&self) -> KeptPiece {
        let &Self { bytes, offset, fault, wide } = self;
        KeptPiece { bytes: bytes.to_vec(), offset, fault, wide }
    }

    /// The piece as UTF-8, with U+FFFD for what is not.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes)
    }

    fn original(&self) -> Cow<'_, [u8]> {
        match self.wide {
            None => Cow::Borrowed(self.bytes),
            Some(endian) => Cow::Owned(utf16::encode(self.bytes, endian)),
        }
    }
}

/// A [`Piece`] that owns its bytes.
#[derive(Clone, Debug)]
pub(crate) struct KeptPiece {
    bytes: Vec<u8>,
    offset: u64,
    fault: Option<&'static str>,
    wide: Option<Endian>,
}

impl KeptPiece {
    /// As it was.
    pub(crate) fn piece(&self) -> Piece<'_> {
        let &Self { ref bytes, offset, fault, wide } = self;
        Piece { bytes, offset, fault, wide }
    }
}

/// Cites a member as a whole, by name only: length 0, as the anomaly contract says.
pub(crate) fn whole(member: &Member<'_>) -> EvidenceRef {
    EvidenceRef {
        source: member.source().clone(),
        path: member.path().to_owned(),
        ..EvidenceRef::default()
    }
}

/// A member's beginning as sniffing wants it: without byte order mark, UTF-16 as UTF-8.
pub(crate) fn sniff_text(prefix: &[u8]) -> Cow<'_, [u8]> {
    match utf16::byte_order_mark(prefix) {
        Some(endian) => {
            let mut decoder = utf16::Decoder::new(endian);
            let mut text = Vec::with_capacity(prefix.len());
            decoder.decode(&prefix[2..], &mut text);
            Cow::Owned(text)
        }
        None => Cow::Borrowed(prefix.strip_prefix(utf16::UTF8_MARK).unwrap_or(prefix)),
    }
}

/// The first lines of a prefix that are not empty, at most `most`; the last line of a
/// full prefix may be cut off and is left out unless it is the only one.
pub(crate) fn first_lines(text: &[u8], most: usize) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(most + 1)
        .collect();
    if lines.len() > 1 && lines.last().is_some_and(|line| !line.ends_with(b"\n")) {
        let cut_off = text.len() >= demarche_core::source::SNIFF_LEN / 2;
        if cut_off {
            lines.pop();
        }
    }
    lines.truncate(most);
    lines.into_iter().map(<[u8]>::trim_ascii_end).collect()
}

/// Whether `is` holds for more than half of `lines`: a log with a broken line among its
/// first is still that log.
pub(crate) fn most(lines: &[&[u8]], is: impl Fn(&[u8]) -> bool) -> bool {
    lines.iter().filter(|line| is(line)).count() * 2 > lines.len()
}

/// Streams the lines of a member. Empty lines are handed on too.
pub(crate) struct Lines {
    window: Window,
    taken: usize,
    head: Vec<u8>,
}

impl Lines {
    /// At the beginning of `member`.
    pub(crate) fn new(member: &Member<'_>) -> Self {
        Self { window: Window::new(member), taken: 0, head: Vec::new() }
    }

    /// The next line without `\n` or `\r\n`, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says.
    pub(crate) fn next(&mut self, member: &mut Member<'_>) -> io::Result<Option<Piece<'_>>> {
        self.window.consume(self.taken);
        self.taken = 0;
        let mut searched = 0;
        let end = loop {
            let bytes = self.window.bytes();
            if let Some(at) = memchr(b'\n', &bytes[searched..]) {
                break Some(searched + at);
            }
            searched = bytes.len();
            if searched > BOUND || !self.window.fill(member)? {
                break None;
            }
        };
        if end.unwrap_or(searched) > BOUND {
            let offset = self.window.offset();
            self.head = self.window.head(HEAD);
            self.window.skip_line(member)?;
            let fault = Some("a line of more than 16 MiB, not read");
            let wide = self.window.wide();
            return Ok(Some(Piece { bytes: &self.head, offset, fault, wide }));
        }
        let bytes = self.window.bytes();
        let line = &bytes[..end.unwrap_or(bytes.len())];
        if end.is_none() && line.is_empty() {
            return Ok(None);
        }
        self.taken = end.map_or(bytes.len(), |at| at + 1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (offset, wide) = (self.window.offset(), self.window.wide());
        Ok(Some(Piece { bytes: line, offset, fault: None, wide }))
    }
}

#[cfg(test)]
mod tests;
