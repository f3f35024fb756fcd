//! Opening evidence: the only code in the workspace that does.
//!
//! A *source* is an outer file as handed over; a *member* is one decompressed file
//! inside it (or the file itself). Sources are opened read-only, hashed whole, and
//! walked member by member through any nesting of gzip, xz, zstd, bzip2, zip, 7z, tar and git
//! packs, within [`Limits`]. Formats are told by content, never by name.

#![allow(clippy::disallowed_methods)] // this is the one module that may open evidence

mod container;
mod files;
mod hash;
mod member;

pub use container::{GitObject, Kind, Limits, container_kind, loose_object, walk, walk_bytes};
pub use files::{FileStamp, SourceFile, list};
pub use hash::{HashedSource, hash_file, hash_file_with};
pub use member::{Member, SNIFF_LEN, Seekable};

/// Evidence that cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operating system says no.
    #[error("evidence `{path}`: {error}")]
    Io {
        /// As given.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Neither a file nor a folder.
    #[error("evidence `{path}`: not a file or folder")]
    NotAFile {
        /// As given.
        path: String,
    },
}
