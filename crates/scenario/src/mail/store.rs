//! Where the copies lie: mboxrd files, Maildirs, a zip and a tar, some
//! compressed, some messages kept twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::dice::{Dice, key};
use crate::people::{MailForm, People};
use crate::time;

enum Sink {
    Plain(BufWriter<File>),
    Gz(flate2::write::GzEncoder<BufWriter<File>>),
    Xz(liblzma::write::XzEncoder<BufWriter<File>>),
    Zst(zstd::stream::write::Encoder<'static, BufWriter<File>>),
    /// A file that is open only while a full buffer is added to it: a large
    /// world has more mailboxes than a process may have files.
    Added(PathBuf, Vec<u8>),
}

/// Bytes that a mailbox of a large world holds back.
const HELD: usize = 24 * 1024;

fn add(path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(bytes)?;
    bytes.clear();
    Ok(())
}

impl Sink {
    fn create(path: &Path, form: usize) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let suffix = ["", ".gz", ".xz", ".zst"][form];
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = BufWriter::new(File::create(PathBuf::from(name))?);
        Ok(match form {
            1 => {
                Self::Gz(flate2::GzBuilder::new().mtime(0).write(file, flate2::Compression::new(3)))
            }
            2 => Self::Xz(liblzma::write::XzEncoder::new(file, 0)),
            3 => Self::Zst(zstd::stream::write::Encoder::new(file, 1)?),
            _ => Self::Plain(file),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(w) => w.write_all(bytes),
            Self::Gz(w) => w.write_all(bytes),
            Self::Xz(w) => w.write_all(bytes),
            Self::Zst(w) => w.write_all(bytes),
            Self::Added(path, held) => {
                held.extend_from_slice(bytes);
                if held.len() >= HELD { add(path, held) } else { Ok(()) }
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut w) => w.flush(),
            Self::Gz(w) => w.finish()?.flush(),
            Self::Xz(w) => w.finish()?.flush(),
            Self::Zst(w) => w.finish()?.flush(),
            Self::Added(path, mut held) => add(&path, &mut held),
        }
    }
}

/// Keeps the copies of a world's mail.
pub struct Store {
    root: PathBuf,
    seed: u64,
    sinks: BTreeMap<String, Sink>,
    zips: BTreeMap<usize, zip::ZipWriter<BufWriter<File>>>,
    tars: BTreeMap<usize, tar::Builder<BufWriter<File>>>,
    counters: BTreeMap<(usize, &'static str), u64>,
    large: bool,
    /// Copies written, without those kept twice.
    pub copies: u64,
}

/// mboxrd quoting: a `>` before every `>*From ` at a line's begin.
fn mboxrd(from: &str, at: i64, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 80);
    out.push_str(&format!("From {from} {}\n", time::asctime(at)));
    for line in text.split_inclusive('\n') {
        if line.trim_start_matches('>').starts_with("From ") {
            out.push('>');
        }
        out.push_str(line);
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.push('\n');
    out
}

impl Store {
    /// A store below `root`; a `large` one compresses no mailbox by itself
    /// and keeps few files open.
    #[must_use]
    pub fn new(root: &Path, seed: u64, large: bool) -> Self {
        Self {
            root: root.to_owned(),
            seed,
            sinks: BTreeMap::new(),
            zips: BTreeMap::new(),
            tars: BTreeMap::new(),
            counters: BTreeMap::new(),
            large,
            copies: 0,
        }
    }

    fn mbox(&mut self, name: String, form: usize, text: &str) -> io::Result<()> {
        if !self.sinks.contains_key(&name) {
            let path = self.root.join(&name);
            let sink = if self.large {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                Sink::Added(path, Vec::with_capacity(HELD))
            } else {
                Sink::create(&path, form)?
            };
            self.sinks.insert(name.clone(), sink);
        }
        match self.sinks.get_mut(&name) {
            Some(sink) => sink.write(text.as_bytes()),
            None => Ok(()),
        }
    }

    /// Keeps a copy of a message in a mailbox; says whether the house still
    /// has mail so old.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn keep(
        &mut self,
        people: &People,
        mailbox: usize,
        sent: bool,
        from: &str,
        at: i64,
        text: &str,
    ) -> io::Result<bool> {
        let who = &people.people[mailbox];
        let institution = who.institution;
        let house = &people.institutions[institution];
        let linked = mailbox >= people.staff;
        let begin = people.to - house.mail_days * time::DAY;
        if !linked && begin > people.from && at < begin {
            return Ok(false);
        }
        self.copies += 1;
        self.put(people, mailbox, sent, from, at, text)?;
        Ok(true)
    }

    fn put(
        &mut self,
        people: &People,
        mailbox: usize,
        sent: bool,
        from: &str,
        at: i64,
        text: &str,
    ) -> io::Result<()> {
        let who = &people.people[mailbox];
        let institution = who.institution;
        let house = &people.institutions[institution];
        let linked = mailbox >= people.staff;
        let local = who.address.split('@').next().unwrap_or("x").to_owned();
        let folder = if sent { "Sent" } else { "Inbox" };
        let counter = self.counters.entry((mailbox, folder)).or_insert(0);
        *counter += 1;
        let number = *counter;
        let mut dice = Dice::keyed(key(self.seed, "store", &[mailbox as u64]));
        if linked {
            let name = format!("mail/private/{}/{folder}.mbox", who.address);
            return self.mbox(name, 0, &mboxrd(from, at, text));
        }
        match house.mail {
            MailForm::Mbox => {
                let form = dice.weighted(&[0.55, 0.2, 0.04, 0.21]);
                let quoted = mboxrd(from, at, text);
                let address = &who.address;
                self.mbox(format!("mail/{}/{address}/{folder}.mbox", house.key), form, &quoted)?;
                // An older export overlaps for some mailboxes.
                if dice.chance(0.1) && at < people.from + (people.to - people.from) / 3 {
                    self.mbox(format!("mail/{}/archive/{address}.mbox", house.key), 1, &quoted)?;
                }
                Ok(())
            }
            MailForm::Maildir => {
                let base = self.root.join(format!(
                    "mail/{}/{}{}",
                    house.key,
                    who.address,
                    if sent { "/.Sent" } else { "" }
                ));
                let cur = base.join("cur");
                if number == 1 {
                    for part in ["cur", "new", "tmp"] {
                        std::fs::create_dir_all(base.join(part))?;
                    }
                }
                std::fs::write(cur.join(format!("{at}.M{number}P1.host:2,S")), text)
            }
            MailForm::Zip => {
                if !self.zips.contains_key(&institution) {
                    let path = self.root.join(format!("mail/{}-export.zip", house.key));
                    std::fs::create_dir_all(self.root.join("mail"))?;
                    self.zips.insert(
                        institution,
                        zip::ZipWriter::new(BufWriter::new(File::create(path)?)),
                    );
                }
                if let Some(zip) = self.zips.get_mut(&institution) {
                    let options = zip::write::SimpleFileOptions::default()
                        .compression_method(zip::CompressionMethod::Deflated)
                        .compression_level(Some(2))
                        .last_modified_time(zip::DateTime::default());
                    zip.start_file(format!("{}/{folder}/{number:06}.eml", who.address), options)
                        .map_err(io::Error::other)?;
                    zip.write_all(text.as_bytes())?;
                }
                // A few messages were also saved by hand.
                if number.is_multiple_of(41) {
                    let path = self.root.join(format!("mail/{}/saved", house.key));
                    std::fs::create_dir_all(&path)?;
                    std::fs::write(path.join(format!("{local}-{folder}-{number}.eml")), text)?;
                }
                Ok(())
            }
            MailForm::Tar => {
                if !self.tars.contains_key(&institution) {
                    let path = self.root.join(format!("mail/{}.tar", house.key));
                    std::fs::create_dir_all(self.root.join("mail"))?;
                    self.tars.insert(
                        institution,
                        tar::Builder::new(BufWriter::new(File::create(path)?)),
                    );
                }
                if let Some(tar) = self.tars.get_mut(&institution) {
                    let mut header = tar::Header::new_gnu();
                    header.set_size(text.len() as u64);
                    header.set_mode(0o640);
                    header.set_mtime(at.unsigned_abs());
                    header.set_cksum();
                    tar.append_data(
                        &mut header,
                        format!("{}/{folder}/{number:06}.eml", who.address),
                        text.as_bytes(),
                    )?;
                }
                Ok(())
            }
        }
    }

    /// Closes every file.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn finish(self) -> io::Result<()> {
        for (_, sink) in self.sinks {
            sink.finish()?;
        }
        for (_, zip) in self.zips {
            zip.finish().map_err(io::Error::other)?.flush()?;
        }
        for (_, tar) in self.tars {
            tar.into_inner()?.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_lines_are_quoted() {
        let text = mboxrd("a@b", 0, "Subject: x\n\nFrom here\n>From there\nplain\n");
        assert!(text.contains("\n>From here\n>>From there\nplain\n\n"));
    }
}
