//! Elements of a member, one after the other, containers walked into.

use std::io::{self, Read};
use std::ops::Range;

use demarche_core::source::Member;

use super::tlv::{Class, Fault, Header, Tag, element, header};
use super::{RECORD, Schema};

/// The most that a header has: tag of 4, length of 9 bytes.
const HEADER: usize = 16;
/// How much is read at once.
const CHUNK: usize = 64 << 10;
/// How much of what is not read an anomaly cites.
const HEAD: usize = 4096;

pub(super) struct Stream<'s> {
    pub(super) schema: &'s mut dyn Schema,
    held: Vec<u8>,
    at: usize,
    /// Of `held[0]`.
    offset: u64,
    ended: bool,
    /// Where the open containers end; `None` where two zero bytes do.
    open: Vec<Option<u64>>,
    broken: bool,
}

/// What comes next.
pub(super) enum Taken {
    End,
    Element { tag: Tag, depth: usize, offset: u64, bytes: Vec<u8>, content: Range<usize> },
    Fault { offset: u64, bytes: Vec<u8>, reason: &'static str },
}

impl<'s> Stream<'s> {
    pub(super) fn new(schema: &'s mut dyn Schema) -> Self {
        let held = Vec::new();
        Self { schema, held, at: 0, offset: 0, ended: false, open: Vec::new(), broken: false }
    }

    fn here(&self) -> u64 {
        self.offset + self.at as u64
    }

    fn rest(&self) -> &[u8] {
        &self.held[self.at..]
    }

    /// Holds `wanted` bytes from here on, or all there are.
    fn fill(&mut self, member: &mut Member<'_>, wanted: usize) -> io::Result<()> {
        if self.rest().len() >= wanted || self.ended {
            return Ok(());
        }
        self.held.drain(..self.at);
        self.offset += std::mem::take(&mut self.at) as u64;
        let more = wanted.saturating_sub(self.held.len()).max(CHUNK) as u64;
        let read = member.by_ref().take(more).read_to_end(&mut self.held)?;
        self.ended = (read as u64) < more;
        Ok(())
    }

    /// Passes over `length` bytes.
    fn skip(&mut self, member: &mut Member<'_>, length: u64) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            self.fill(member, 1)?;
            let step = left.min(self.rest().len() as u64);
            if step == 0 {
                break;
            }
            self.at += usize::try_from(step).unwrap_or(usize::MAX).min(self.rest().len());
            left -= step;
        }
        Ok(())
    }

    /// The rest cannot be cut into elements.
    fn fault(&mut self, reason: &'static str) -> Taken {
        self.broken = true;
        let bytes = self.rest()[..self.rest().len().min(HEAD)].to_vec();
        Taken::Fault { offset: self.here(), bytes, reason }
    }

    pub(super) fn next(&mut self, member: &mut Member<'_>) -> io::Result<Taken> {
        if self.broken {
            return Ok(Taken::End);
        }
        loop {
            self.fill(member, HEADER)?;
            while self.open.last().is_some_and(|end| end.is_some_and(|end| end <= self.here())) {
                self.open.pop();
            }
            if self.rest().is_empty() {
                self.broken = true;
                if self.open.is_empty() {
                    return Ok(Taken::End);
                }
                return Ok(self.fault("the batch of records is cut off"));
            }
            if self.open.last() == Some(&None) && self.rest().starts_with(&[0, 0]) {
                self.at += 2;
                self.open.pop();
                continue;
            }
            // Blocks are filled up with zeros or ones.
            if self.open.is_empty() && matches!(self.rest()[0], 0 | 0xff) {
                self.at += 1;
                continue;
            }
            let header = match header(self.rest()) {
                Ok(header) if header.tag.class != Class::Universal => header,
                Ok(_) | Err(Fault::Bad) => return Ok(self.fault("no element of call records here")),
                Err(Fault::Short) => return Ok(self.fault("an element is cut off")),
            };
            let end = header.length.map(|length| {
                self.here().saturating_add(header.size as u64).saturating_add(length)
            });
            let parent = self.open.last().copied().flatten();
            if end.zip(parent).is_some_and(|(end, parent)| end > parent) {
                return Ok(self.fault("an element reaches past the one around it"));
            }
            if header.constructed && self.schema.is_container(header.tag, self.open.len()) {
                self.at += header.size;
                self.open.push(end);
                continue;
            }
            return self.whole(member, header);
        }
    }

    /// An element with all its content.
    fn whole(&mut self, member: &mut Member<'_>, header: Header) -> io::Result<Taken> {
        let offset = self.here();
        if let Some(length) = header.length
            && length > RECORD as u64
        {
            let bytes = self.rest()[..self.rest().len().min(HEAD)].to_vec();
            self.skip(member, length.saturating_add(header.size as u64))?;
            let reason = "an element of more than 1 MiB, not read";
            return Ok(Taken::Fault { offset, bytes, reason });
        }
        let mut wanted = header
            .length
            .map_or(CHUNK, |length| header.size + usize::try_from(length).unwrap_or(RECORD));
        loop {
            self.fill(member, wanted)?;
            match element(self.rest()) {
                Ok((header, size, content)) => {
                    let bytes = self.rest()[..size].to_vec();
                    self.at += size;
                    let (tag, depth) = (header.tag, self.open.len());
                    return Ok(Taken::Element { tag, depth, offset, bytes, content });
                }
                Err(Fault::Short) if self.rest().len() < wanted || self.ended => {
                    return Ok(self.fault("an element is cut off"));
                }
                Err(Fault::Short) if wanted <= RECORD => wanted *= 2,
                Err(_) => return Ok(self.fault("no end of an element, the rest is not read")),
            }
        }
    }
}
