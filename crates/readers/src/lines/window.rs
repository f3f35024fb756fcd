//! The part of a member that is at hand, as text.

use std::io::{self, Read as _};

use demarche_core::source::Member;
use memchr::memchr;

use super::utf16::{self, Decoder, Endian};

/// Bytes asked of the stream at a time.
const CHUNK: usize = 128 << 10;

/// A sliding window over a member's text; knows where its first byte stands.
pub(super) struct Window {
    text: Vec<u8>,
    /// Bytes of `text` that are done with.
    consumed: usize,
    /// Where the first byte not done with stands in the member.
    offset: u64,
    decoder: Option<Decoder>,
    /// Bytes of a byte order mark still to be passed over.
    mark: usize,
    raw: Vec<u8>,
    ended: bool,
}

impl Window {
    /// At the beginning of `member`, of which nothing has been read.
    pub(super) fn new(member: &Member<'_>) -> Self {
        let endian = utf16::byte_order_mark(member.prefix());
        let mark = match endian {
            Some(_) => 2,
            None if member.prefix().starts_with(utf16::UTF8_MARK) => 3,
            None => 0,
        };
        Self {
            text: Vec::new(),
            consumed: 0,
            offset: mark as u64,
            decoder: endian.map(Decoder::new),
            mark,
            raw: Vec::new(),
            ended: false,
        }
    }

    /// What is at hand.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.text[self.consumed..]
    }

    /// Where the first byte at hand stands in the member.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The byte order where the member is UTF-16.
    pub(super) fn wide(&self) -> Option<Endian> {
        self.decoder.as_ref().map(Decoder::endian)
    }

    /// A copy of the first `most` bytes at hand.
    pub(super) fn head(&self, most: usize) -> Vec<u8> {
        let bytes = self.bytes();
        let mut end = most.min(bytes.len());
        while end > 0 && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1;
        }
        bytes[..end].to_vec()
    }

    /// Reads on. `false` when the stream is at its end and nothing was added.
    pub(super) fn fill(&mut self, member: &mut Member<'_>) -> io::Result<bool> {
        if self.consumed > 0 {
            self.text.drain(..self.consumed);
            self.consumed = 0;
        }
        let before = self.text.len();
        while !self.ended && self.text.len() == before {
            self.read_once(member)?;
        }
        Ok(self.text.len() > before)
    }

    fn read_once(&mut self, member: &mut Member<'_>) -> io::Result<()> {
        let into = if self.decoder.is_some() { &mut self.raw } else { &mut self.text };
        let start = into.len();
        into.resize(start + CHUNK, 0);
        let result = member.read(&mut into[start..]);
        into.truncate(start + result.as_ref().map_or(0, |n| *n));
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
            Ok(0) => self.ended = true,
            Ok(n) => {
                let mark = self.mark.min(n);
                into.drain(start..start + mark);
                self.mark -= mark;
            }
        }
        if let Some(decoder) = &mut self.decoder {
            decoder.decode(&self.raw, &mut self.text);
            self.raw.clear();
            if self.ended {
                decoder.finish(&mut self.text);
            }
        }
        Ok(())
    }

    /// Is done with the first `n` bytes at hand.
    pub(super) fn consume(&mut self, n: usize) {
        let bytes = &self.text[self.consumed..][..n];
        self.offset += match self.decoder {
            Some(_) => utf16::encoded_len(bytes),
            None => n as u64,
        };
        self.consumed += n;
    }

    /// Is done with everything up to and with the next `\n`; holds nothing meanwhile.
    pub(super) fn skip_line(&mut self, member: &mut Member<'_>) -> io::Result<()> {
        loop {
            if let Some(at) = memchr(b'\n', self.bytes()) {
                self.consume(at + 1);
                return Ok(());
            }
            self.consume(self.bytes().len());
            if !self.fill(member)? {
                return Ok(());
            }
        }
    }
}
