//! The deep tier: what lies inside attachments. URLs in QR codes, PDF, Office files,
//! macros and texts; members of archives; macro modules; a similarity hash.
//!
//! It costs a hundred times what reading a mail does, so it is not part of an ingest and
//! is asked for by itself. Attachments are the adversary's: everything is bounded (bytes,
//! depth, pixels, numbers), each bound is said where it cuts, and a library that panics is
//! caught. Nothing is run, rendered or fetched.

mod kind;
mod macros;
mod member;
mod office;
mod pdf;
mod qr;
mod text;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use demarche_core::id::sha256_hex;
use demarche_core::{Deep, DeepMember, DeepPlace as Place, DeepUrl, MacroModule};

/// Raised when the same bytes give something else.
pub const VERSION: u32 = 1;

/// URLs of an attachment.
const MAX_URLS: usize = 2_000;
/// Bytes of a URL.
const MAX_URL: usize = 4_096;
/// Members of an attachment that are listed.
const MAX_MEMBERS: usize = 2_000;
/// Macro modules of an attachment.
const MAX_MODULES: usize = 500;
/// Pictures of an attachment that are searched for codes.
const MAX_PICTURES: usize = 60;
/// Bytes of an attachment, or of all that is unpacked from it, that are looked into.
const MAX_BYTES: u64 = 256 << 20;
/// Files inside files.
const MAX_DEPTH: usize = 4;
/// Things said to be wrong with one attachment.
const MAX_PROBLEMS: usize = 50;

/// Looks into an attachment.
#[must_use]
pub fn read(bytes: &[u8]) -> Deep {
    let mut reader = Reader { left: MAX_BYTES, ..Reader::default() };
    reader.out.kind = kind::of(bytes).to_owned();
    reader.out.tlsh = tlsh(bytes);
    reader.content(bytes, "", 0);
    reader.finish()
}

fn tlsh(bytes: &[u8]) -> String {
    let hash = tlsh2::TlshDefaultBuilder::build_from(bytes).map(|tlsh| tlsh.hash());
    hash.map(|hash| String::from_utf8_lossy(&hash).into_owned()).unwrap_or_default()
}

/// Gathers what is found, within the bounds.
#[derive(Default)]
struct Reader {
    out: Deep,
    seen: BTreeSet<DeepUrl>,
    /// Bytes that may still be unpacked.
    left: u64,
    pictures: usize,
    cut: BTreeSet<&'static str>,
}

impl Reader {
    /// Looks into the bytes by their type; `member` is their path in the attachment.
    fn content(&mut self, bytes: &[u8], member: &str, depth: usize) {
        if depth > MAX_DEPTH {
            self.cut.insert("files nested deeper than is read");
            return;
        }
        // The libraries below read what an adversary wrote.
        let looked = catch_unwind(AssertUnwindSafe(|| match kind::family(bytes) {
            kind::Family::Picture => self.picture(bytes, member),
            kind::Family::Pdf => pdf::read(self, bytes, member, depth),
            kind::Family::OfficeZip => office::read_zip(self, bytes, member, depth),
            kind::Family::OfficeOle => office::read_ole(self, bytes, member),
            kind::Family::Archive => member::read(self, bytes, member, depth),
            kind::Family::Text => text::read(self, bytes, Place::Text, member),
            kind::Family::Other => {}
        }));
        if looked.is_err() {
            self.problem(member, "reading ended early: a defect of the reader");
        }
    }

    fn picture(&mut self, bytes: &[u8], member: &str) {
        self.pictures += 1;
        if self.pictures > MAX_PICTURES {
            self.cut.insert("more than 60 pictures: the rest is not searched for codes");
            return;
        }
        match qr::read(bytes) {
            Ok(texts) => self.codes(texts, member),
            Err(problem) => self.problem(member, problem),
        }
    }

    fn codes(&mut self, texts: Vec<String>, member: &str) {
        for text in texts {
            // A code often holds `WWW.EXAMPLE.COM/X` in capitals, which are shorter.
            if !text::urls(&text, &mut |url| self.url(url, Place::Qr, member))
                && let Some(host) = demarche_core::observable::host_of(text.trim())
                && !text.trim().contains(char::is_whitespace)
                && host.0 == demarche_core::ObservableKind::Domain
            {
                self.url(&format!("http://{}", text.trim()), Place::Qr, member);
            }
        }
    }

    fn url(&mut self, url: &str, place: Place, member: &str) {
        let mut url = url.to_owned();
        url.truncate(url.floor_char_boundary(MAX_URL));
        let found = DeepUrl { url, place, member: member.to_owned() };
        if self.seen.contains(&found) {
            return;
        }
        if self.out.urls.len() >= MAX_URLS {
            self.cut.insert("more than 2000 urls: the rest is left out");
            return;
        }
        self.seen.insert(found.clone());
        self.out.urls.push(found);
    }

    /// Lists a member, and looks into it.
    fn member(&mut self, path: &str, bytes: &[u8], depth: usize) {
        if self.out.members.len() >= MAX_MEMBERS {
            self.cut.insert("more than 2000 members: the rest is not read");
            return;
        }
        self.out.members.push(DeepMember {
            path: path.chars().take(1_000).collect(),
            size: bytes.len() as u64,
            sha256: sha256_hex(bytes),
            kind: kind::of(bytes).to_owned(),
        });
        self.content(bytes, path, depth + 1);
    }

    fn module(&mut self, module: MacroModule) {
        if self.out.macros.len() < MAX_MODULES {
            self.out.macros.push(module);
        } else {
            self.cut.insert("more than 500 macro modules: the rest is left out");
        }
    }

    fn problem(&mut self, member: &str, problem: impl Into<String>) {
        let problem = problem.into();
        let line = if member.is_empty() { problem } else { format!("{member}: {problem}") };
        if self.out.problems.len() < MAX_PROBLEMS {
            self.out.problems.push(line.chars().take(500).collect());
        } else {
            self.cut.insert("more is wrong with it than is said here");
        }
    }

    fn finish(mut self) -> Deep {
        self.out.problems.extend(self.cut.iter().map(|&reason| reason.to_owned()));
        self.out.problems.dedup();
        self.out
    }
}

#[cfg(test)]
mod tests;
