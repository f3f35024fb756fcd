//! Finding the objects of a pack: where each begins and what its header says.
//!
//! A pack has no list of its objects; each is inflated to find where the next begins. Where
//! one is damaged the next is looked for byte by byte: a header whose stream inflates to
//! just the size it states, checksum included, is no accident.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use flate2::Decompress;

use super::{Budget, GitObject, Naming, inflate};
use crate::source::Limits;

/// Places that are tried behind damaged objects of one pack.
const MAX_TRIES: u64 = 100_000;
/// Damaged places that are said one by one.
const MAX_FAULTS: usize = 100;

/// How an object is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Whole(GitObject),
    /// As changes to the object at this offset of the pack.
    Offset(u64),
    /// As changes to the object of this name.
    Name(Box<[u8]>),
}

/// One object of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it begins.
    pub(super) offset: u64,
    /// Where its zlib stream begins.
    pub(super) data: u64,
    /// Bytes of the inflated stream.
    pub(super) size: u64,
    pub(super) form: Form,
}

/// What a scan found, in the order of the file.
#[derive(Default)]
pub(super) struct Scanned {
    pub(super) entries: Vec<Entry>,
    pub(super) faults: Vec<String>,
}

/// Scans the file up to `end`; the last `slack` bytes may be something else.
pub(super) fn scan(
    file: &mut (impl Read + Seek),
    (end, slack): (u64, u64),
    naming: Naming,
    limits: &Limits,
    budget: &mut Budget<'_>,
) -> Scanned {
    let mut scan = Scan {
        input: BufReader::with_capacity(1 << 16, file),
        at: 0,
        end,
        slack,
        naming,
        state: Decompress::new(true),
        tries: 0,
    };
    let mut found = Scanned::default();
    if let Err(error) = scan.all(&mut found, limits, budget) {
        found.faults.push(error.to_string());
    }
    found.faults.truncate(MAX_FAULTS);
    found
}

struct Scan<F> {
    input: BufReader<F>,
    /// Where `input` stands.
    at: u64,
    end: u64,
    slack: u64,
    naming: Naming,
    state: Decompress,
    tries: u64,
}

impl<F: Read + Seek> Scan<F> {
    fn all(
        &mut self,
        found: &mut Scanned,
        limits: &Limits,
        budget: &mut Budget<'_>,
    ) -> io::Result<()> {
        self.go_to(8)?;
        let mut count = [0; 4];
        self.input.read_exact(&mut count)?;
        let stated = u64::from(u32::from_be_bytes(count));
        self.at = 12;
        let mut damaged = false;
        while self.at < self.end && (damaged || (found.entries.len() as u64) < stated) {
            if found.entries.len() as u64 >= limits.members {
                let most = limits.members;
                found.faults.push(format!("more than {most} objects: the rest is not read"));
                return Ok(());
            }
            let offset = self.at;
            match self.entry(budget) {
                Ok(entry) => found.entries.push(entry),
                // The digest at the end, where it does not hold.
                Err(_) if self.end - offset <= self.slack => break,
                Err(error) => {
                    damaged = true;
                    let next = self.next_object(offset + 1, budget)?;
                    let to = next.as_ref().map_or(self.end, |entry| entry.offset);
                    found.faults.push(format!(
                        "bytes {offset} to {to} hold no object that can be read: {error}"
                    ));
                    match next {
                        Some(entry) => found.entries.push(entry),
                        None => return Ok(()),
                    }
                }
            }
        }
        let n = found.entries.len() as u64;
        if n < stated {
            found.faults.push(format!("{n} objects could be read where {stated} are stated"));
        } else if self.at + self.slack < self.end {
            let (at, end) = (self.at, self.end);
            found.faults.push(format!("bytes {at} to {end} lie behind the last object: not read"));
        }
        Ok(())
    }

    fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let by = i128::from(offset) - i128::from(self.at);
        match i64::try_from(by) {
            // Stays in the buffer where it can.
            Ok(by) if self.at > 0 => self.input.seek_relative(by)?,
            _ => {
                self.input.seek(SeekFrom::Start(offset))?;
            }
        }
        self.at = offset;
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        if self.at >= self.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    /// Reads the object at hand and stands behind it.
    fn entry(&mut self, budget: &mut Budget<'_>) -> io::Result<Entry> {
        let offset = self.at;
        let first = self.byte()?;
        let mut size = u64::from(first & 0x0f);
        let mut shift = 4;
        let mut more = first & 0x80 != 0;
        while more {
            let byte = self.byte()?;
            if shift > 57 {
                return Err(io::Error::other("a size of over 64 bits"));
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        let form = match (first >> 4) & 7 {
            1 => Form::Whole(GitObject::Commit),
            2 => Form::Whole(GitObject::Tree),
            3 => Form::Whole(GitObject::Blob),
            4 => Form::Whole(GitObject::Tag),
            6 => Form::Offset(self.base(offset)?),
            7 => {
                let mut name = vec![0; self.naming.length()];
                for place in &mut name {
                    *place = self.byte()?;
                }
                Form::Name(name.into())
            }
            other => return Err(io::Error::other(format!("no object has type {other}"))),
        };
        let data = self.at;
        let left = self.end - data;
        let mut stream = self.input.by_ref().take(left);
        let inflated = inflate(&mut stream, &mut self.state, size, budget, &mut |_| {});
        self.at = data + (left - stream.limit());
        inflated?;
        Ok(Entry { offset, data, size, form })
    }

    /// The offset that lies as far before `offset` as the bytes at hand say.
    fn base(&mut self, offset: u64) -> io::Result<u64> {
        let mut byte = self.byte()?;
        let mut back = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            if back > u64::MAX >> 8 {
                return Err(io::Error::other("a base before the pack"));
            }
            back = ((back + 1) << 7) | u64::from(byte & 0x7f);
        }
        let base = offset.checked_sub(back).filter(|_| back > 0);
        base.ok_or_else(|| io::Error::other("a base before the pack"))
    }

    /// The first object that begins at or behind `from`.
    fn next_object(&mut self, from: u64, budget: &mut Budget<'_>) -> io::Result<Option<Entry>> {
        let mut from = from;
        while from < self.end && self.tries < MAX_TRIES && *budget.0 > 0 {
            self.go_to(from)?;
            let window = self.input.fill_buf()?;
            if window.is_empty() {
                return Ok(None);
            }
            // The stream begins at most ten bytes of size and twenty to thirty-two of name
            // behind the first; a place without zlib's two bytes there is passed over.
            let place = (0..window.len()).find(|at| plausible(&window[*at..], self.naming));
            from += place.unwrap_or(0) as u64;
            self.go_to(from)?;
            self.tries += 1;
            if let Ok(entry) = self.entry(budget) {
                return Ok(Some(entry));
            }
            from += 1;
        }
        Ok(None)
    }
}

/// Whether an object's header and zlib's two bytes may stand here; near a window's end
/// everything may.
fn plausible(bytes: &[u8], naming: Naming) -> bool {
    if bytes.len() < 48 {
        return true;
    }
    let sizes = bytes.iter().take(10).take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let skip = match (bytes[0] >> 4) & 7 {
        1..=4 => sizes,
        6 => sizes + bytes[sizes..].iter().take(9).take_while(|b| **b & 0x80 != 0).count() + 1,
        7 => sizes + naming.length(),
        _ => return false,
    };
    let Some(&[first, second]) = bytes.get(skip..skip + 2) else { return false };
    first & 0x0f == 8 && (u16::from(first) * 256 + u16::from(second)) % 31 == 0
}
