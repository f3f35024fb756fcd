//! git's objects: packs (gitformat-pack(5)) and loose ones (gitformat-loose(5)).
//!
//! A public-inbox archive is a git repository whose blobs are mails, deleted ones too. A
//! pack is walked as a container of its blobs, a loose blob is a compressed file. Commits,
//! trees and tags are git's own framing: counted, not read. Names (ids) are computed from
//! the content, so that what a path says is what lies there.
//!
//! Our own and not `gix-pack`: that maps a path, where a pack may lie inside an archive;
//! here a pack is read through any stream that seeks, with a bound on an object's size, on
//! the length of a chain of deltas, on the number of objects and on all bytes inflated.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::{Decompress, FlushDecompress, Status};
use sha2::Digest as _;

use super::{Walk, inner_path};

mod delta;
mod objects;
mod scan;

use objects::{Fault, Objects};

/// `PACK` and a version that there is.
pub(super) fn is_pack(prefix: &[u8]) -> bool {
    prefix.starts_with(b"PACK\0\0\0\x02") || prefix.starts_with(b"PACK\0\0\0\x03")
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitObject {
    /// A commit.
    Commit,
    /// A folder's listing.
    Tree,
    /// A file's content.
    Blob,
    /// An annotated tag.
    Tag,
}

impl GitObject {
    fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    fn of_name(name: &[u8]) -> Option<Self> {
        let all = [Self::Commit, Self::Tree, Self::Blob, Self::Tag];
        all.into_iter().find(|kind| kind.name().as_bytes() == name)
    }
}

/// What the loose object that begins with `prefix` is; nothing when it is none.
#[must_use]
pub fn loose_object(prefix: &[u8]) -> Option<GitObject> {
    // zlib's two bytes (RFC 1950, 2.2) without a dictionary, before anything is inflated.
    let &[first, second, ..] = prefix else { return None };
    let zlib = first == 0x78 && second & 0x20 == 0;
    if !zlib || (u16::from(first) * 256 + u16::from(second)) % 31 != 0 {
        return None;
    }
    let mut head = Vec::new();
    // A prefix that ends early is an error behind the bytes wanted here.
    let _ = flate2::read::ZlibDecoder::new(prefix).take(32).read_to_end(&mut head);
    let end = head.iter().position(|byte| *byte == 0)?;
    let space = head[..end].iter().position(|byte| *byte == b' ')?;
    let digits = &head[space + 1..end];
    let number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    GitObject::of_name(&head[..space]).filter(|_| number)
}

/// The content of a loose object as a stream.
pub(super) fn loose_content(member: impl Read) -> io::Result<impl Read> {
    let mut content = flate2::read::ZlibDecoder::new(member);
    for _ in 0..32 {
        let mut byte = [0];
        content.read_exact(&mut byte)?;
        if byte[0] == 0 {
            break;
        }
    }
    Ok(content)
}

/// Which hash a repository names its objects by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    Sha1,
    Sha256,
}

impl Naming {
    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The digest of everything that comes in `pieces`.
    fn digest(self, pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => {
                let mut hash = sha1::Sha1::default();
                pieces.iter().for_each(|piece| sha1::Digest::update(&mut hash, piece));
                sha1::Digest::finalize(hash).to_vec()
            }
            Self::Sha256 => {
                let mut hash = sha2::Sha256::default();
                pieces.iter().for_each(|piece| hash.update(piece));
                hash.finalize().to_vec()
            }
        }
    }

    /// The name of an object.
    fn name(self, kind: GitObject, content: &[u8]) -> Vec<u8> {
        let head = format!("{} {}\0", kind.name(), content.len());
        self.digest(&[head.as_bytes(), content])
    }

    /// Whether the last bytes of a pack are the digest of those before them.
    fn seals(self, file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
        let Some(most) = length.checked_sub(self.length() as u64) else { return Ok(false) };
        file.rewind()?;
        let mut body = BufReader::with_capacity(1 << 16, file.by_ref().take(most));
        let stated = |file: &mut dyn Read| {
            let mut stated = Vec::new();
            file.read_to_end(&mut stated).map(|_| stated)
        };
        match self {
            Self::Sha1 => {
                let mut hash = sha1::Sha1::default();
                feed(&mut body, &mut |piece| sha1::Digest::update(&mut hash, piece))?;
                Ok(stated(file)? == sha1::Digest::finalize(hash).as_slice())
            }
            Self::Sha256 => {
                let mut hash = sha2::Sha256::default();
                feed(&mut body, &mut |piece| hash.update(piece))?;
                Ok(stated(file)? == hash.finalize().as_slice())
            }
        }
    }
}

fn feed(body: &mut impl BufRead, piece: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    loop {
        let bytes = body.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        piece(bytes);
        let n = bytes.len();
        body.consume(n);
    }
}

/// Bytes that may still be inflated.
struct Budget<'b>(&'b mut u64);

impl Budget<'_> {
    fn take(&mut self, bytes: usize) -> io::Result<()> {
        match self.0.checked_sub(bytes as u64) {
            Some(left) => *self.0 = left,
            None => {
                *self.0 = 0;
                return Err(io::Error::other(
                    "decompressed bytes exceed the bound for a source of this size",
                ));
            }
        }
        Ok(())
    }
}

/// Inflates the one zlib stream at the beginning of `input` to exactly `size` bytes, and
/// hands them on in pieces.
fn inflate(
    input: &mut impl BufRead,
    state: &mut Decompress,
    size: u64,
    budget: &mut Budget<'_>,
    piece: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    state.reset(true);
    let mut buffer = [0; 1 << 14];
    loop {
        let bytes = input.fill_buf()?;
        let flush = if bytes.is_empty() { FlushDecompress::Finish } else { FlushDecompress::None };
        let (before_in, before_out) = (state.total_in(), state.total_out());
        let status = state.decompress(bytes, &mut buffer, flush).map_err(io::Error::other)?;
        let used = usize::try_from(state.total_in() - before_in).unwrap_or(usize::MAX);
        let made = usize::try_from(state.total_out() - before_out).unwrap_or(usize::MAX);
        input.consume(used);
        budget.take(made)?;
        if state.total_out() > size {
            return Err(io::Error::other(format!("more than the {size} bytes stated")));
        }
        piece(&buffer[..made]);
        match status {
            Status::StreamEnd if state.total_out() == size => return Ok(()),
            Status::StreamEnd => {
                let made = state.total_out();
                return Err(io::Error::other(format!("{made} bytes where {size} are stated")));
            }
            _ if used == 0 && made == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
    }
}

impl Walk<'_> {
    /// Visits the blobs of a pack in the order they lie in it; those whose delta's base
    /// comes later, last.
    pub(super) fn pack(&mut self, mut file: impl Read + Seek, path: &str, depth: usize) {
        let length = match file.seek(SeekFrom::End(0)) {
            Ok(length) => length,
            Err(error) => return self.anomaly(path, "git-pack", error.to_string()),
        };
        let sealed = [Naming::Sha1, Naming::Sha256]
            .into_iter()
            .find(|naming| naming.seals(&mut file, length).unwrap_or(false));
        if sealed.is_none() {
            self.anomaly(path, "git-pack", "its checksum does not hold: damaged or cut short");
        }
        let naming = sealed.unwrap_or(Naming::Sha1);
        let end = length - sealed.map_or(0, |naming| naming.length() as u64);
        let slack = if sealed.is_some() { 0 } else { 32 };
        let budget = &mut Budget(&mut self.left);
        let scanned = scan::scan(&mut file, (end, slack), naming, self.limits, budget);
        for reason in scanned.faults {
            self.anomaly(path, "git-pack", reason);
        }
        let mut objects = Objects::new(file, scanned.entries, end, naming, self.limits.object);
        let mut waiting: Vec<usize> = Vec::new();
        let mut lost = Lost::default();
        for index in 0..objects.len() {
            self.object(&mut objects, index, path, depth, &mut waiting, &mut lost);
        }
        // Bases by name may come behind their deltas; git writes them before.
        for _ in 0..64 {
            let known = waiting.len();
            for index in std::mem::take(&mut waiting) {
                self.object(&mut objects, index, path, depth, &mut waiting, &mut lost);
            }
            if waiting.len() == known {
                break;
            }
        }
        if let Some(first) = waiting.first() {
            let (n, at) = (waiting.len(), objects.offset(*first));
            let reason = format!(
                "{n} objects are changes to objects that this pack does not hold (a thin pack): \
                 not read; the first at byte {at}"
            );
            self.anomaly(path, "git-pack", reason);
        }
        if lost.more > 0 {
            let more = lost.more;
            self.anomaly(path, "git-pack", format!("{more} more objects cannot be read"));
        }
        let [commits, trees, tags] = objects.framing();
        if commits + trees + tags > 0 {
            let reason = format!(
                "{commits} commits, {trees} trees and {tags} tags are framing: counted, not read"
            );
            self.anomaly(path, "git-pack", reason);
        }
    }

    fn object(
        &mut self,
        objects: &mut Objects<impl Read + Seek>,
        index: usize,
        path: &str,
        depth: usize,
        waiting: &mut Vec<usize>,
        lost: &mut Lost,
    ) {
        if self.left == 0 || self.members > self.limits.members {
            return;
        }
        match objects.blob(index, &mut Budget(&mut self.left)) {
            Ok(None) => {}
            Ok(Some((name, content))) => {
                let content: Rc<Vec<u8>> = content;
                let inner = inner_path(path, &crate::id::hex(&name));
                self.stream(Box::new(&content[..]), inner, depth + 1);
            }
            Err(Fault::NoBase) => waiting.push(index),
            Err(Fault::Broken(reason)) => {
                lost.said += 1;
                if lost.said <= 100 {
                    let at = objects.offset(index);
                    self.anomaly(path, "git-pack", format!("object at byte {at}: {reason}"));
                } else {
                    lost.more += 1;
                }
            }
        }
    }
}

/// Objects that cannot be read: the first ones are said one by one.
#[derive(Default)]
struct Lost {
    said: u64,
    more: u64,
}

#[cfg(test)]
mod tests;
