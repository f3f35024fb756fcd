//! 7z archives: blocks of files compressed together, described at the archive's end.
//!
//! A damaged block loses the files in it and no others. The decoder checks sizes and
//! checksums after a file was read, so what a visitor leaves unread is read here, within
//! the walk's bound: an archive of a few kilobytes may declare terabytes.
//! Archives with a password are said, not opened.

use std::io::{self, Read, Seek};

use sevenz_rust2::{Archive, BlockDecoder, Error, Password};

use super::{Bounded, Walk, inner_path};

/// What a 7z begins with.
pub(super) const SIGNATURE: [u8; 6] = [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c];

impl Walk<'_> {
    /// Visits the files of a 7z, block by block.
    pub(super) fn sevenz(&mut self, mut file: impl Read + Seek, path: &str, depth: usize) {
        let password = Password::empty();
        let most = self.limits.dictionary >> 10;
        let archive = match Archive::read_with_memory_limit(&mut file, &password, most) {
            Ok(archive) => archive,
            Err(error) => return self.anomaly(path, "7z", reason(&error)),
        };
        for block in 0..archive.blocks.len() {
            let decoder =
                BlockDecoder::new_with_memory_limit(1, most, block, &archive, &password, &mut file);
            let mut last = None;
            let walked = decoder.for_each_entries(&mut |entry, reader| {
                last = Some(entry.name().to_owned());
                if !entry.is_directory() {
                    self.entry(entry.name(), reader, path, depth)?;
                }
                Ok(self.may_go_on())
            });
            if let Err(error) = walked {
                let at = last.map_or_else(String::new, |name| format!(" at `{name}`"));
                let reason = format!("block {block}{at}: {}", reason(&error));
                self.anomaly(path, "7z", reason);
            }
            if !self.may_go_on() {
                return;
            }
        }
        for (at, entry) in archive.files.iter().enumerate() {
            let in_block = archive.stream_map.file_block_index.get(at).copied().flatten();
            if in_block.is_none() && !entry.is_directory() && self.may_go_on() {
                let inner = inner_path(path, entry.name());
                self.stream(Box::new(io::empty()), inner, depth + 1);
            }
        }
    }

    fn entry(
        &mut self,
        name: &str,
        reader: &mut dyn Read,
        path: &str,
        depth: usize,
    ) -> Result<(), Error> {
        let inner = inner_path(path, name);
        let mut left = self.left;
        self.stream(Box::new(Bounded { inner: &mut *reader, left: &mut left }), inner, depth + 1);
        // What the visitor left; the budget ends an archive that declares too much.
        io::copy(&mut Bounded { inner: reader, left: &mut left }, &mut io::sink())?;
        self.left = left.min(self.left);
        Ok(())
    }

    fn may_go_on(&self) -> bool {
        self.left > 0 && self.members <= self.limits.members
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => "password required".to_owned(),
        other => other.to_string().chars().take(300).collect(),
    }
}
