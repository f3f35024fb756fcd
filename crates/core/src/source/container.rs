//! Walking through compressed files and archives, nested and bounded.
//!
//! The adversary may have written the archive: depth, number of members and total
//! decompressed bytes are limited, nothing is unpacked to a path, and what is not
//! read is said.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use super::{Member, SourceError};
use crate::{Anomaly, EvidenceRef, SourceId};

/// What wraps a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 1952.
    Gzip,
    /// The .xz file format, tukaani.org/xz.
    Xz,
    /// RFC 8878.
    Zstd,
    /// PKWARE APPNOTE 6.3.
    Zip,
    /// POSIX ustar and GNU tar.
    Tar,
    /// bzip2, sourceware.org/bzip2.
    Bzip2,
    /// 7z, 7-zip.org/7z.html.
    SevenZ,
    /// A git pack: its blobs.
    GitPack,
    /// A loose blob of git.
    GitLoose,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Bzip2 => "bzip2",
            Self::SevenZ => "7z",
            Self::GitPack => "git-pack",
            Self::GitLoose => "git-loose",
        }
    }
}

/// Bounds of one source's walk.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Containers inside containers.
    pub depth: usize,
    /// Members of one source.
    pub members: u64,
    /// Decompressed bytes of one source: this many times its own size, but at least
    /// `floor` bytes.
    pub ratio: u64,
    /// See `ratio`.
    pub floor: u64,
    /// Bytes of a zip, 7z or git pack inside another container, which has to be held to be
    /// read.
    pub held: u64,
    /// Bytes of one object of a git pack.
    pub object: u64,
    /// Bytes that one decoder of a 7z may take for its dictionary or model.
    pub dictionary: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 6,
            members: 4_000_000,
            ratio: 200,
            floor: 4 << 30,
            held: 2 << 30,
            object: 64 << 20,
            dictionary: 256 << 20,
        }
    }
}

/// The container that a member's first bytes announce.
#[must_use]
pub fn container_kind(prefix: &[u8]) -> Option<Kind> {
    if prefix.starts_with(&[0x1f, 0x8b, 0x08]) {
        Some(Kind::Gzip)
    } else if prefix.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        Some(Kind::Xz)
    } else if prefix.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some(Kind::Zstd)
    } else if prefix.starts_with(b"PK\x03\x04") || prefix.starts_with(b"PK\x05\x06") {
        Some(Kind::Zip)
    } else if is_bzip2(prefix) {
        Some(Kind::Bzip2)
    } else if prefix.starts_with(&sevenz::SIGNATURE) {
        Some(Kind::SevenZ)
    } else if git::is_pack(prefix) {
        Some(Kind::GitPack)
    } else if loose_object(prefix) == Some(GitObject::Blob) {
        Some(Kind::GitLoose)
    } else if is_tar(prefix) {
        Some(Kind::Tar)
    } else {
        None
    }
}

/// `BZh`, the block size, and the first block's or the end's magic: `BZh9` alone may
/// begin a text.
fn is_bzip2(prefix: &[u8]) -> bool {
    const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    matches!(prefix, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
        if rest.starts_with(&BLOCK) || rest.starts_with(&END))
}

/// The magic alone would take a text that has `ustar` in the right place (an intrusion
/// set called Mustard Tempest did); the header's checksum does not.
fn is_tar(prefix: &[u8]) -> bool {
    let Some(header) = prefix.get(..512) else { return false };
    if &header[257..262] != b"ustar" {
        return false;
    }
    let stated = header[148..156].iter().filter(|byte| (b'0'..=b'7').contains(byte));
    let stated = stated.fold(0_u32, |sum, byte| (sum << 3) | u32::from(byte - b'0'));
    let bytes = header.iter().enumerate();
    let sum = bytes.map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    sum.map(u32::from).sum::<u32>() == stated
}

/// Opens a source and calls `visit` for every member that is not itself a container.
/// Returns what could not be read.
///
/// # Errors
/// When the file itself cannot be opened.
pub fn walk(
    path: &Path,
    display: &str,
    source: &SourceId,
    limits: &Limits,
    visit: &mut dyn FnMut(Member<'_>),
) -> Result<Vec<Anomaly>, SourceError> {
    let io = |error| SourceError::Io { path: path.display().to_string(), error };
    let file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let budget = size.saturating_mul(limits.ratio).max(limits.floor);
    let mut walk = Walk {
        source,
        limits,
        leave: &|_| false,
        visit,
        left: budget.max(size),
        members: 0,
        anomalies: Vec::new(),
        file: None,
    };
    let mut head = [0; 8];
    let mut probe = file.try_clone().map_err(io)?;
    let filled = probe.read(&mut head).map_err(io)?;
    probe.rewind().map_err(io)?;
    match container_kind(&head[..filled]) {
        Some(kind @ (Kind::Zip | Kind::SevenZ | Kind::GitPack)) => {
            walk.seekable(kind, BufReader::with_capacity(1 << 16, file), display, 0);
        }
        _ => {
            walk.file = Some(probe);
            walk.stream(Box::new(BufReader::with_capacity(1 << 18, file)), display.to_owned(), 0);
        }
    }
    Ok(walk.anomalies)
}

/// Walks through bytes at hand (an attachment) as [`walk`] does through a file. A member
/// that `leave` says yes to, told by its beginning, is visited as it is even where it is a
/// container.
pub fn walk_bytes(
    bytes: &[u8],
    display: &str,
    source: &SourceId,
    limits: &Limits,
    leave: &dyn Fn(&[u8]) -> bool,
    visit: &mut dyn FnMut(Member<'_>),
) -> Vec<Anomaly> {
    let size = bytes.len() as u64;
    let mut walk = Walk {
        source,
        limits,
        leave,
        visit,
        left: size.saturating_mul(limits.ratio).max(limits.floor).max(size),
        members: 0,
        anomalies: Vec::new(),
        file: None,
    };
    walk.stream(Box::new(bytes), display.to_owned(), 0);
    walk.anomalies
}

struct Walk<'w> {
    source: &'w SourceId,
    limits: &'w Limits,
    /// Whether a container that begins so is not walked into.
    leave: &'w dyn Fn(&[u8]) -> bool,
    visit: &'w mut dyn FnMut(Member<'_>),
    /// Decompressed bytes that may still come.
    left: u64,
    members: u64,
    anomalies: Vec<Anomaly>,
    /// The source, until its first member takes it.
    file: Option<File>,
}

impl Walk<'_> {
    fn anomaly(&mut self, path: &str, reader: &str, reason: impl Into<String>) {
        let evidence = EvidenceRef {
            source: self.source.clone(),
            path: path.to_owned(),
            ..EvidenceRef::default()
        };
        self.anomalies.push(Anomaly { evidence, reader: reader.to_owned(), reason: reason.into() });
    }

    /// Visits a stream, or walks into it when it is a container.
    fn stream(&mut self, stream: Box<dyn Read + '_>, path: String, depth: usize) {
        let file = self.file.take();
        self.members += 1;
        if self.members > self.limits.members {
            if self.members == self.limits.members + 1 {
                let most = self.limits.members;
                self.anomaly(
                    &path,
                    "source",
                    format!("more than {most} members: the rest is not read"),
                );
            }
            return;
        }
        let member = match Member::new(self.source.clone(), path.clone(), stream) {
            Ok(member) => member,
            Err(error) => return self.anomaly(&path, "source", error.to_string()),
        };
        let kind = container_kind(member.prefix()).filter(|_| !(self.leave)(member.prefix()));
        let Some(kind) = kind else {
            (self.visit)(match file {
                Some(file) => member.with_file(file),
                None => member,
            });
            return;
        };
        if depth >= self.limits.depth {
            let most = self.limits.depth;
            return self.anomaly(
                &path,
                kind.name(),
                format!("nested more than {most} containers deep: not read"),
            );
        }
        match kind {
            Kind::Gzip => {
                self.compressed(flate2::read::MultiGzDecoder::new(member), &path, depth);
            }
            Kind::Xz => {
                self.compressed(liblzma::read::XzDecoder::new_multi_decoder(member), &path, depth);
            }
            Kind::Zstd => match zstd::stream::read::Decoder::new(member) {
                Ok(mut decoder) => {
                    // 128 MiB window at most: what `zstd --long=27` writes.
                    let _ = decoder.window_log_max(27);
                    self.compressed(decoder, &path, depth);
                }
                Err(error) => self.anomaly(&path, kind.name(), error.to_string()),
            },
            Kind::Bzip2 => {
                self.compressed(bzip2::read::MultiBzDecoder::new(member), &path, depth);
            }
            Kind::GitLoose => match git::loose_content(member) {
                Ok(content) => self.compressed(content, &path, depth),
                Err(error) => self.anomaly(&path, kind.name(), error.to_string()),
            },
            Kind::Zip | Kind::SevenZ | Kind::GitPack => self.held(kind, member, &path, depth),
            Kind::Tar => self.tar(member, &path, depth),
        }
    }

    /// A single compressed stream keeps its path: `a.mbox.gz` reads as `a.mbox.gz`.
    fn compressed(&mut self, decoder: impl Read, path: &str, depth: usize) {
        let mut left = self.left;
        let bounded = Bounded { inner: decoder, left: &mut left };
        self.stream(Box::new(bounded), path.to_owned(), depth + 1);
        self.left = left.min(self.left);
    }

    fn tar(&mut self, member: Member<'_>, path: &str, depth: usize) {
        let mut archive = tar::Archive::new(member);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.anomaly(path, "tar", error.to_string()),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.anomaly(path, "tar", error.to_string()),
            };
            let kind = entry.header().entry_type();
            let inner = inner_path(path, &String::from_utf8_lossy(&entry.path_bytes()));
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                // Folders and links hold nothing; a header for all that follow is framing.
                if entry.size() > 0 && !kind.is_pax_global_extensions() {
                    self.anomaly(&inner, "tar", format!("an entry that is no file: {kind:?}"));
                }
                continue;
            }
            self.stream(Box::new(entry), inner, depth + 1);
        }
    }

    /// Holds a container that is read from its end, on disk when it is large.
    fn held(&mut self, kind: Kind, member: Member<'_>, path: &str, depth: usize) {
        let most = self.limits.held.min(self.left);
        let mut held = tempfile::SpooledTempFile::new(64 << 20);
        let name = kind.name();
        match io::copy(&mut member.take(most.saturating_add(1)), &mut held) {
            Ok(n) if n > most => {
                let reason = format!("a {name} inside a container of over {most} bytes: not read");
                self.anomaly(path, name, reason);
            }
            Ok(_) => self.seekable(kind, held, path, depth),
            Err(error) => self.anomaly(path, name, error.to_string()),
        }
    }

    /// Walks into a container that is read from its end.
    fn seekable(&mut self, kind: Kind, file: impl Read + Seek, path: &str, depth: usize) {
        if depth >= self.limits.depth {
            let most = self.limits.depth;
            let reason = format!("nested more than {most} containers deep: not read");
            return self.anomaly(path, kind.name(), reason);
        }
        match kind {
            Kind::SevenZ => self.sevenz(file, path, depth),
            Kind::GitPack => self.pack(file, path, depth),
            _ => self.zip(file, path, depth),
        }
    }

    fn zip(&mut self, file: impl Read + Seek, path: &str, depth: usize) {
        let mut archive = match zip::ZipArchive::new(file) {
            Ok(archive) => archive,
            Err(error) => return self.anomaly(path, "zip", error.to_string()),
        };
        for index in 0..archive.len() {
            let entry = match archive.by_index(index) {
                Ok(entry) => entry,
                Err(error) => {
                    self.anomaly(path, "zip", format!("member {index}: {error}"));
                    continue;
                }
            };
            let inner = inner_path(path, &String::from_utf8_lossy(entry.name_raw()));
            if !entry.is_file() {
                if entry.size() > 0 {
                    self.anomaly(&inner, "zip", "an entry that is no file and has content");
                }
                continue;
            }
            let mut left = self.left;
            let bounded = Bounded { inner: entry, left: &mut left };
            self.stream(Box::new(bounded), inner, depth + 1);
            self.left = left.min(self.left);
        }
    }
}

fn inner_path(outer: &str, inner: &str) -> String {
    let inner: String =
        inner.chars().take(1024).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("{outer}!/{}", inner.trim_start_matches("./").trim_start_matches('/'))
}

/// Ends with an error when the walk's budget of decompressed bytes is used up.
struct Bounded<'b, R> {
    inner: R,
    left: &'b mut u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if *self.left == 0 && !buffer.is_empty() {
            return Err(io::Error::other(
                "decompressed bytes exceed the bound for a source of this size",
            ));
        }
        let most = usize::try_from(*self.left).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.inner.read(&mut buffer[..most])?;
        *self.left -= n as u64;
        Ok(n)
    }
}

mod git;
mod sevenz;
pub use git::{GitObject, loose_object};
#[cfg(test)]
mod tests;
