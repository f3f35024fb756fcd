//! mbox: messages after each other, each behind a `From ` line.
//!
//! There is no one format (`man 5 mbox`; RFC 4155 names only a default). What differs is
//! how a body line that begins with `From ` is kept from ending the message:
//! *mboxo* writes `>From `, *mboxrd* adds a `>` to every `>*From `, *mboxcl2* writes
//! a `Content-Length` field and leaves the lines alone. Here:
//!
//! * A `From ` line separates when it follows a blank line (or a message with no lines),
//!   looks like an envelope (a time and a year) and a header line follows it.
//! * One level of `>` is taken off `>+From ` lines. For mboxrd that is exact; for mboxo
//!   it is the same operation, so the two need not be told apart.
//! * `Content-Length` is believed only while every message of the member so far had one,
//!   and only where it ends at the member's end or before a `From ` line: a sender who
//!   writes the field himself must not make the messages behind his disappear. A message
//!   cut out by it is mboxcl2 and not unquoted.
//!
//! Memory stays bounded: one message up to 64 MiB at a time, and batches of small ones.

use std::io::{self, Read};

use demarche_core::id::{Sha256Pieces, sha256_hex};
use demarche_core::source::Member;
use demarche_core::{EvidenceRef, Message, Record};
use memchr::{memchr, memmem};
use rayon::prelude::*;

use super::header::{Headers, MAX_HEADERS};
use super::{MAX_MESSAGE, canonical, folder, message, sniff};
use crate::registry::{ReadError, Sink};

/// Bytes and messages that are read into memory before they are parsed in parallel.
const BATCH_BYTES: usize = 8 << 20;
const BATCH_MESSAGES: usize = 1024;

/// Reads all messages of a member.
///
/// # Errors
/// When the stream breaks off; the messages before, and the torn one, are handed on.
pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let folder = folder::of(member.path(), false);
    let cite = EvidenceRef {
        source: member.source().clone(),
        path: member.path().to_owned(),
        ..EvidenceRef::default()
    };
    let keeps = member.keeps_content();
    let mut splitter = Splitter::new(MAX_MESSAGE);
    loop {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && batch.len() < BATCH_MESSAGES {
            let Some(raw) = splitter.next(member) else { break };
            if raw.offset < member.wanted_from() && raw.rest.is_none() {
                sink.passed_by();
                continue;
            }
            bytes += raw.bytes.len();
            batch.push(raw);
        }
        if batch.is_empty() {
            break;
        }
        let read: Vec<_> = if batch.len() < 4 {
            batch.iter().map(|raw| raw.read(&cite, &folder, keeps)).collect()
        } else {
            batch.par_iter().map(|raw| raw.read(&cite, &folder, keeps)).collect()
        };
        for ((message, problems), raw) in read.into_iter().zip(batch) {
            for reason in problems {
                sink.anomaly(message.evidence.clone(), reason);
            }
            if let Some((offset, length, sha256)) = raw.rest {
                let evidence = EvidenceRef { offset, length, sha256, ..cite.clone() };
                let reason = format!("message {}: this rest of it is not read", raw.number);
                sink.anomaly(evidence, reason);
            }
            sink.record(Record::Message(Box::new(message)));
        }
    }
    splitter.error.map_or(Ok(()), |error| Err(error.into()))
}

/// A message as it stands in the member, the separating blank line left out.
struct Raw {
    number: u64,
    offset: u64,
    bytes: Vec<u8>,
    /// Cut at the bound.
    cut: bool,
    /// Ended by a broken stream.
    torn: bool,
    /// mboxcl2: nothing is quoted.
    by_length: bool,
    /// What of the message lies beyond the bound: offset, length, hash.
    rest: Option<(u64, u64, String)>,
}

impl Raw {
    fn read(&self, cite: &EvidenceRef, folder: &str, keeps: bool) -> (Message, Vec<String>) {
        let evidence = EvidenceRef {
            offset: self.offset,
            length: self.bytes.len() as u64,
            sha256: sha256_hex(&self.bytes),
            ..cite.clone()
        };
        let (message, mut problems) = if self.by_length {
            message::read(&self.bytes, folder, evidence, keeps)
        } else {
            message::read(&canonical::unquote(&self.bytes), folder, evidence, keeps)
        };
        if self.cut {
            problems.insert(0, format!("exceeds {} MiB: the rest is not read", MAX_MESSAGE >> 20));
        }
        if self.torn {
            problems.push("broken off with its stream".to_owned());
        }
        for problem in &mut problems {
            *problem = format!("message {} at byte {}: {problem}", self.number, self.offset);
        }
        (message, problems)
    }
}

/// How far behind a `From ` line one has to see to judge it.
const LOOK_AHEAD: usize = 2 << 10;
/// Read at once.
const CHUNK: usize = 256 << 10;

/// Cuts messages out of a stream.
struct Splitter {
    buffer: Vec<u8>,
    /// Where in `buffer` the next `From ` line begins.
    start: usize,
    /// Offset in the member of `buffer[0]`.
    base: u64,
    ended: bool,
    error: Option<io::Error>,
    number: u64,
    most: usize,
    /// Every message so far had a `Content-Length`.
    all_lengths: bool,
}

impl Splitter {
    fn new(most: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            base: 0,
            ended: false,
            error: None,
            number: 0,
            most,
            all_lengths: true,
        }
    }

    /// Reads until `buffer` holds `want` bytes or the stream ends. An error ends it.
    fn fill(&mut self, reader: &mut dyn Read, want: usize) {
        let have = self.buffer.len();
        if have >= want || self.ended {
            return;
        }
        let more = (want - have).max(CHUNK);
        match Read::take(&mut *reader, more as u64).read_to_end(&mut self.buffer) {
            Ok(read) => self.ended = read < more,
            Err(error) => {
                self.error = Some(error);
                self.ended = true;
            }
        }
    }

    fn discard(&mut self, until: usize) {
        self.buffer.drain(..until);
        self.base += until as u64;
        self.start = 0;
    }

    /// The next message; `None` at the end.
    fn next(&mut self, reader: &mut dyn Read) -> Option<Raw> {
        if self.start > 4 * CHUNK || self.start == self.buffer.len() {
            self.discard(self.start);
        }
        self.fill(reader, self.start + LOOK_AHEAD);
        if self.number == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
        }
        while matches!(self.buffer.get(self.start), Some(b'\r' | b'\n')) {
            self.start += 1;
            self.fill(reader, self.start + LOOK_AHEAD);
        }
        if self.start >= self.buffer.len() {
            return None;
        }
        self.number += 1;
        let body = match memchr(b'\n', &self.buffer[self.start..]) {
            Some(end) if sniff::is_from_line(&self.buffer[self.start..]) => self.start + end + 1,
            _ => self.start,
        };
        let offset = self.base + body as u64;
        if let Some((end, next)) = self.by_length(reader, body) {
            return Some(self.take(offset, body..end, next, true));
        }
        let mut from = body.saturating_sub(1);
        loop {
            match self.separator(reader, from, body) {
                Some(at) => return Some(self.take(offset, body..at + 1, at + 1, false)),
                None if self.ended => {
                    let end = self.buffer.len();
                    return Some(self.take(offset, body..end, end, false));
                }
                None => {}
            }
            if self.buffer.len() - body > self.most {
                return Some(self.oversize(reader, offset, body));
            }
            from = self.buffer.len().saturating_sub(8).max(from);
            self.fill(reader, self.buffer.len() + CHUNK);
        }
    }

    /// Index of the `\n` before the next separating `From ` line, from `from` on.
    fn separator(&mut self, reader: &mut dyn Read, from: usize, body: usize) -> Option<usize> {
        let mut from = from;
        while let Some(found) = memmem::find(&self.buffer[from..], b"\nFrom ") {
            let at = from + found;
            self.fill(reader, at + LOOK_AHEAD);
            let before = &self.buffer[..at];
            let blank = at < body || before.ends_with(b"\n") || before.ends_with(b"\n\r");
            if blank && separates(&self.buffer[at + 1..]) {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    /// End of the message by its `Content-Length`, and where the next begins, when that
    /// is to be believed.
    fn by_length(&mut self, reader: &mut dyn Read, body: usize) -> Option<(usize, usize)> {
        if !self.all_lengths {
            return None;
        }
        self.fill(reader, body + 16 * LOOK_AHEAD);
        let seen = &self.buffer[body..];
        let header = &seen[..seen.len().min(MAX_HEADERS)];
        let end = memmem::find(header, b"\n\n").map(|at| at + 2);
        let end = match (end, memmem::find(header, b"\n\r\n").map(|at| at + 3)) {
            (Some(lf), Some(crlf)) => Some(lf.min(crlf)),
            (lf, crlf) => lf.or(crlf),
        };
        let length = end.and_then(|end| content_length(&header[..end]));
        let (Some(end), Some(length)) = (end, length) else {
            self.all_lengths = false;
            return None;
        };
        if length > self.most {
            return None;
        }
        let end = body + end + length;
        self.fill(reader, end + LOOK_AHEAD);
        let rest = self.buffer.get(end..)?;
        let blank = rest.iter().take(4).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let next = end + blank;
        let at_line = end == body || self.buffer[end - 1] == b'\n' || blank > 0;
        let ends = next == self.buffer.len() && self.ended;
        let from = at_line && separates(&self.buffer[next..]);
        (ends || from).then_some((end, next))
    }

    fn take(
        &mut self,
        offset: u64,
        range: std::ops::Range<usize>,
        next: usize,
        by_length: bool,
    ) -> Raw {
        let bytes = without_separator(&self.buffer[range], by_length).to_vec();
        self.start = next;
        let torn = self.error.is_some() && next == self.buffer.len();
        Raw { number: self.number, offset, bytes, cut: false, torn, by_length, rest: None }
    }

    /// Keeps the first bytes of a message that is too long and passes the rest by, hashed.
    fn oversize(&mut self, reader: &mut dyn Read, offset: u64, body: usize) -> Raw {
        let mut bytes = self.buffer[body..body + self.most].to_vec();
        let mut hash = Sha256Pieces::default();
        // Bytes of `buffer` that are kept or hashed already.
        let mut done = body + self.most;
        let end = loop {
            // The last bytes stay, a separator may have begun in them.
            let behind = self.buffer.len().saturating_sub(8);
            if behind > done {
                hash.update(&self.buffer[done..behind]);
            }
            done = done.max(behind) - behind;
            self.discard(behind);
            self.fill(reader, self.buffer.len() + CHUNK);
            if let Some(at) = self.separator(reader, 0, 0) {
                break at + 1;
            }
            if self.ended {
                break self.buffer.len();
            }
        };
        if end >= done {
            hash.update(&self.buffer[done..end]);
        } else {
            bytes.truncate(bytes.len() - (done - end));
        }
        self.start = end;
        let from = offset + bytes.len() as u64;
        let length = self.base + end as u64 - from;
        let rest = (length > 0).then(|| (from, length, hash.finish()));
        let cut = rest.is_some();
        Raw { number: self.number, offset, bytes, cut, torn: false, by_length: false, rest }
    }
}

/// Whether a `From ` line that ends a message begins here: an envelope and, behind it
/// and any `>From ` lines, a header line.
fn separates(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(LOOK_AHEAD)];
    let mut lines = bytes.split(|b| *b == b'\n');
    lines.next().is_some_and(sniff::is_envelope)
        && lines
            .find(|line| !sniff::is_from_line(line))
            .is_some_and(|line| sniff::field_name(line).is_some())
}

fn content_length(header: &[u8]) -> Option<usize> {
    let headers = Headers::parse(header);
    std::str::from_utf8(headers.first("content-length")?.trim_ascii()).ok()?.parse().ok()
}

/// Without the blank line that a store writes behind a message.
fn without_separator(bytes: &[u8], by_length: bool) -> &[u8] {
    if by_length {
        return bytes;
    }
    match bytes {
        [rest @ .., b'\n', b'\r', b'\n'] => &bytes[..rest.len() + 1],
        [rest @ .., b'\n', b'\n'] => &bytes[..rest.len() + 1],
        [b'\n'] | [b'\r', b'\n'] => &[],
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM: &str = "From a@b.org Thu Aug 22 12:36:23 2002\n";

    /// Gives one byte more with each call, to find seams.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let n = self.0.len().min(self.1).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn split(raw: &[u8], most: usize) -> Vec<(u64, String, bool)> {
        let mut whole = Splitter::new(most);
        let mut trickle = Splitter::new(most);
        let mut out = Vec::new();
        let mut covered = Vec::new();
        let (mut a, mut b) = (raw, Trickle(raw, 0));
        while let Some(got) = whole.next(&mut a) {
            let again = trickle.next(&mut b).unwrap();
            assert_eq!((&got.bytes, got.offset), (&again.bytes, again.offset));
            let at = usize::try_from(got.offset).unwrap();
            assert_eq!(&raw[at..at + got.bytes.len()], &got.bytes[..]);
            assert_eq!(got.rest, again.rest);
            covered.push((at, got.bytes.len()));
            if let Some((at, length, sha256)) = &got.rest {
                let (at, length) =
                    (usize::try_from(*at).unwrap(), usize::try_from(*length).unwrap());
                assert_eq!(sha256_hex(&raw[at..at + length]), *sha256);
                covered.push((at, length));
            }
            out.push((got.offset, String::from_utf8_lossy(&got.bytes).into_owned(), got.cut));
        }
        assert!(trickle.next(&mut b).is_none());
        super::super::nothing_lost::assert_framing(raw, &covered);
        out
    }

    fn texts(raw: &str) -> Vec<String> {
        split(raw.as_bytes(), 1 << 20).into_iter().map(|(_, text, _)| text).collect()
    }

    #[test]
    fn separators() {
        let raw = format!(
            "{FROM}To: a\n\none\n\n{FROM}To: b\n\ntwo\n\nFrom here on\n\n{FROM}\
                           not a header\n\n{FROM}>From x y\nTo: c\n\n"
        );
        assert_eq!(
            texts(&raw),
            [
                "To: a\n\none\n".to_owned(),
                format!("To: b\n\ntwo\n\nFrom here on\n\n{FROM}not a header\n"),
                ">From x y\nTo: c\n".to_owned()
            ]
        );
        let crlf = raw.replace('\n', "\r\n");
        let lf: Vec<String> = texts(&crlf).iter().map(|t| t.replace("\r\n", "\n")).collect();
        assert_eq!(lf, texts(&raw));
        // Without a blank line before it, `From ` is text.
        assert_eq!(texts(&format!("{FROM}To: a\n\none\n{FROM}To: b\n\n")).len(), 1);
        assert_eq!(texts(&format!("{FROM}{FROM}To: b\n\nx")), ["", "To: b\n\nx"]);
    }

    #[test]
    fn content_length_is_believed_only_where_it_fits() {
        let inner = format!("x\n\n{FROM}To: inner\n\ny\n");
        let cl = format!(
            "{FROM}To: a\nContent-Length: {}\n\n{inner}\n{FROM}To: b\nContent-Length: 2\n\nz\n",
            inner.len()
        );
        assert_eq!(texts(&cl).len(), 2);
        // The first message had none: a sender's own field hides nothing.
        let forged = format!("{FROM}To: 0\n\nx\n\n{cl}");
        assert_eq!(texts(&forged).len(), 4);
        let wrong = cl.replace("Content-Length: 2", "Content-Length: 999");
        assert_eq!(texts(&wrong).len(), 2);
        let wrong = format!("{FROM}To: a\nContent-Length: 3\n\nlonger\n\n{FROM}To: b\n\n");
        assert_eq!(texts(&wrong)[0], "To: a\nContent-Length: 3\n\nlonger\n");
    }

    #[test]
    fn a_message_over_the_bound_is_cut_and_the_next_one_read() {
        let long = "0123456789\n".repeat(100_000);
        let raw = format!("{FROM}To: a\n\n{long}\n{FROM}To: b\n\nx\n");
        let got = split(raw.as_bytes(), 4_000);
        assert_eq!(got.len(), 2);
        assert!(got[0].2 && got[0].1.starts_with("To: a\n") && got[0].1.len() == 4_000);
        assert_eq!(got[1].1, "To: b\n\nx\n");
        assert_eq!(usize::try_from(got[1].0).unwrap(), raw.find("To: b").unwrap());
    }

    proptest! {
        #[test]
        fn what_is_stored_comes_back(
            bodies in proptest::collection::vec("(>{0,2}From |[a-z> ]|\n){0,40}", 1..6)
        ) {
            let mut stored = String::new();
            let mut want = Vec::new();
            for body in &bodies {
                let mail = format!("To: a\n\n{body}\n");
                let quoted: String = mail
                    .split_inclusive('\n')
                    .map(|line| match line.trim_start_matches('>').starts_with("From ") {
                        true => format!(">{line}"),
                        false => line.to_owned(),
                    })
                    .collect();
                stored.push_str(&format!("{FROM}{quoted}\n"));
                want.push(canonical::uid(&canonical::normalise(mail.as_bytes())));
            }
            let got: Vec<_> = split(stored.as_bytes(), 1 << 20)
                .into_iter()
                .map(|(_, text, _)| {
                    canonical::uid(&canonical::normalise(&canonical::unquote(text.as_bytes())))
                })
                .collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn never_panics(
            raw in "(From a Thu Aug 22 12:36:23 2002\n|To: a\n|\n|\r|Content-Length: [0-9]{1,3}\n|x){0,40}",
            most in 1_usize..100
        ) {
            split(raw.as_bytes(), most);
        }
    }
}
