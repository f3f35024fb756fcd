//! The peer of `make bench`: what a loop over mail costs that keeps nothing.
//!
//! For each message: SHA-256 of its bytes, `mail-parser`, `linkify` over every text and
//! HTML body. One thread. Arguments are mbox files and folders of single messages.

#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a program to measure with

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use linkify::{LinkFinder, LinkKind};
use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{MessageParser, PartType};
use sha2::{Digest, Sha256};

#[derive(Default)]
struct Seen {
    messages: u64,
    links: u64,
    /// So that nothing is left out by the compiler.
    hashes: u8,
}

impl Seen {
    fn take(&mut self, raw: &[u8]) {
        let hash = Sha256::digest(raw);
        self.hashes ^= hash.first().copied().unwrap_or_default();
        self.messages += 1;
        let Some(message) = MessageParser::default().parse(raw) else { return };
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        for part in &message.parts {
            if let PartType::Text(text) | PartType::Html(text) = &part.body {
                self.links += finder.links(text).count() as u64;
            }
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut seen = Seen::default();
    for argument in std::env::args().skip(1) {
        let path = Path::new(&argument);
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                seen.take(&std::fs::read(entry?.path())?);
            }
        } else {
            for message in MessageIterator::new(BufReader::new(File::open(path)?)) {
                seen.take(message?.contents());
            }
        }
    }
    println!("{} messages, {} links ({:02x})", seen.messages, seen.links, seen.hashes);
    Ok(())
}
