//! Mail: RFC 5322 messages on their own (`.eml`, a Maildir's files) and in mbox files.
//!
//! The way of a message: [`mbox`] or [`eml`] cuts its bytes out of the member and cites
//! them; [`canonical`] gives it LF line ends and its identity; [`message`] fills the
//! record from [`header`], [`address`], [`date`] and the parts that [`mime`] walks and
//! [`body`] adds up. [`derived`] does the same for stores that keep no such bytes.
//!
//! `mail-parser` reads the structured header fields of MIME, the obsolete date forms
//! and HTML entities here; the body is walked by [`mime`], because its version 0.11
//! drops the rest of a part where a boundary stands inside a line (upstream issue 156)
//! and nests messages without a bound. [`signature`] checks DKIM and ARC.

mod address;
pub(crate) mod body;
mod canonical;
pub(crate) mod charset;
mod date;
pub(crate) mod derived;
mod eml;
mod emlx;
mod encoded_word;
pub(crate) mod folder;
pub(crate) mod header;
mod html;
mod language;
mod mbox;
mod message;
mod mime;
pub(crate) mod parts;
pub mod signature;
mod sniff;
mod transfer;
mod urls;

use std::io::Read as _;

use demarche_core::EvidenceRef;
use demarche_core::id::Sha256Pieces;
use demarche_core::source::Member;

use crate::registry::Format;
pub use parts::{Part, content, parts};

/// mbox in its usual kinds: mboxo, mboxrd, mboxcl2.
pub const MBOX: Format = Format { name: "mbox", sniff: sniff::is_mbox, read: mbox::read };

/// One message with its length before it and a property list behind it: Apple Mail.
pub const EMLX: Format = Format { name: "emlx", sniff: emlx::is_emlx, read: emlx::read };

/// One message on its own: `.eml`, a file of a Maildir.
pub const EML: Format = Format { name: "eml", sniff: sniff::is_eml, read: eml::read };

/// Passes by what a member still has, and cites it. `offset` is where that begins.
fn pass_by(member: &mut Member<'_>, offset: u64, first: &[u8]) -> EvidenceRef {
    let mut hash = Sha256Pieces::default();
    hash.update(first);
    let mut length = first.len() as u64;
    let mut buffer = vec![0; 1 << 16];
    // An error ends it: it was said when the member was read, or is not of its bytes.
    while let Ok(n @ 1..) = member.read(&mut buffer) {
        hash.update(&buffer[..n]);
        length += n as u64;
    }
    EvidenceRef { length, sha256: hash.finish(), ..member.cite(offset, &[]) }
}

/// Longest message that is read whole.
pub(crate) const MAX_MESSAGE: usize = 64 << 20;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod nothing_lost;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::corpus;
