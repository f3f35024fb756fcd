//! Stored messages read again from their sources: their bytes and parts, each message
//! once, by the ranges that were cited at ingest.
//!
//! The lake keeps of an attachment its name, size and hash. Whoever needs the bytes
//! (signatures, looks into documents) asks here. A source is found by its hash among the
//! evidence that the user names, or where it lay at ingest. What comes from it is held to
//! the cited hash and to the message's identity. Messages of privileged mailboxes are not
//! opened: their bodies stay closed to every step behind ingest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;

use demarche_core::id::sha256_hex;
use demarche_core::source::{Limits, Member, walk};
use demarche_core::{EvidenceRef, MessageUid, Record, SourceId, UtcMicros, custody};
use demarche_lake::{Lake, Session};
use demarche_readers::mail::{self, Part};

use super::policy::{Policy, Treatment};
use super::verify::inner;
use super::{CaseError, Progress, Step, at_hand, inputs};

/// Bytes and messages of a batch.
const BATCH_BYTES: usize = 16 << 20;
const BATCH_MESSAGES: usize = 512;

/// A stored message with its bytes at hand.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Which message.
    pub message_uid: MessageUid,
    /// The mailbox that this copy lay in; where no roster names it, the address that the
    /// message was delivered to.
    pub mailbox: String,
    /// When it was received, else its date.
    pub time: Option<UtcMicros>,
    /// Where this copy is.
    pub evidence: EvidenceRef,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// RFC 5322 bytes, quoting of mbox undone.
    Bytes(Vec<u8>),
    /// Of a store without such bytes: header, bodies, attachments.
    Parts { headers: String, parts: Vec<Part> },
}

impl Opened {
    /// The message's RFC 5322 bytes as they stood, quoting of mbox undone; none where the
    /// store (PST, MSG) keeps no such bytes.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Parts { .. } => None,
        }
    }

    /// Its header block.
    #[must_use]
    pub fn headers(&self) -> &[u8] {
        match &self.content {
            Content::Bytes(bytes) => {
                let ends = [&b"\n\n"[..], b"\r\n\r\n"].map(|end| find(bytes, end));
                let end = ends.into_iter().flatten().min().unwrap_or(bytes.len());
                &bytes[..end]
            }
            Content::Parts { headers, .. } => headers.as_bytes(),
        }
    }

    /// Calls `visit` for each decoded part in order. Returns what could not be read.
    pub fn parts(&self, visit: &mut dyn FnMut(Part)) -> Vec<String> {
        match &self.content {
            Content::Bytes(bytes) => mail::parts(bytes, visit),
            Content::Parts { parts, .. } => {
                parts.iter().cloned().for_each(visit);
                Vec::new()
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// What became of the stored messages.
#[derive(Clone, Debug, Default)]
pub struct Reopened {
    /// Messages handed on.
    pub opened: u64,
    /// Messages none of whose copies lies in a source at hand.
    pub withheld: u64,
    /// Messages that lie in privileged mailboxes only: not opened.
    pub privileged: u64,
    /// One line for each copy or source that could not be opened as cited.
    pub failures: Vec<String>,
}

/// A copy of a message, as stored.
#[derive(serde::Deserialize)]
struct Stored {
    message_uid: MessageUid,
    mailbox: String,
    time: Option<UtcMicros>,
    addressee: String,
    evidence: EvidenceRef,
}

/// Opens every stored message of a case once and hands them on in batches, ordered by
/// source, member and offset; a source's first copy of a message is taken.
///
/// `evidence` is where the sources lie now; empty looks where they lay at ingest.
///
/// # Errors
/// What the case's files say, or an evidence argument that cannot be opened.
pub fn open_messages(
    lake: &Lake,
    session: &Session,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
    visit: &mut dyn FnMut(&[Opened]),
) -> Result<Reopened, CaseError> {
    let policy = Policy::new(&inputs::whole_roster(session)?, custody::now());
    let copies: Vec<Stored> = session.rows(
        "SELECT o.message_uid, o.mailbox, m.time, m.addressee, o.evidence FROM occurrences o \
         JOIN (SELECT message_uid, min(coalesce(received, date)) AS time, \
         min(coalesce(delivered_to[1], \"to\"[1], '')) AS addressee FROM messages \
         GROUP BY message_uid) m ON o.message_uid = m.message_uid \
         ORDER BY o.evidence['source'], o.evidence['path'], o.evidence['offset'], o.message_uid",
    )?;
    let mut state = State::new(visit, progress);
    let all: BTreeSet<MessageUid> = copies.iter().map(|copy| copy.message_uid.clone()).collect();
    let (open, closed): (Vec<Stored>, Vec<Stored>) =
        copies.into_iter().partition(|copy| policy.of(&copy.mailbox) == Treatment::Store);
    let lengths: BTreeMap<String, u64> =
        lake.manifest().sources().into_iter().map(|source| (source.id, source.bytes)).collect();
    let found = at_hand::find(lake.dir(), evidence, &lengths)?;
    state.result.failures.extend(found.problems);

    let mut readable: BTreeSet<MessageUid> = BTreeSet::new();
    let mut by_source: BTreeMap<String, BTreeMap<String, Vec<Stored>>> = BTreeMap::new();
    for copy in open {
        readable.insert(copy.message_uid.clone());
        if found.files.contains_key(copy.evidence.source.as_str()) {
            let members = by_source.entry(copy.evidence.source.to_string()).or_default();
            members.entry(inner(&copy.evidence.path)).or_default().push(copy);
        }
    }
    let total = by_source.values().flat_map(BTreeMap::values).map(|c| c.len() as u64).sum();
    progress(Progress::Begin(Step::Reopen, total));
    for (id, mut members) in by_source {
        let path = &found.files[&id];
        let id = SourceId::from_stored(id);
        let walked = walk(path, "", &id, &Limits::default(), &mut |mut member| {
            if let Some(copies) = members.remove(&inner(member.path())) {
                state.member(&mut member, copies);
            }
        });
        state.flush();
        if let Err(error) = walked {
            state.result.failures.push(error.to_string());
        }
        for copies in members.into_values() {
            if let Some(first) = copies.first() {
                let path = &first.evidence.path;
                state.result.failures.push(format!("`{path}`: no such member in its source"));
            }
        }
    }
    progress(Progress::End);
    let State { mut result, done, .. } = state;
    result.opened = done.len() as u64;
    let private = |copy: &Stored| !readable.contains(&copy.message_uid);
    let privileged: BTreeSet<&MessageUid> =
        closed.iter().filter(|copy| private(copy)).map(|copy| &copy.message_uid).collect();
    result.privileged = privileged.len() as u64;
    result.withheld = (all.len() - done.len() - privileged.len()) as u64;
    Ok(result)
}

struct State<'s> {
    visit: &'s mut dyn FnMut(&[Opened]),
    progress: &'s (dyn Fn(Progress) + Sync),
    done: BTreeSet<MessageUid>,
    batch: Vec<Opened>,
    bytes: usize,
    result: Reopened,
}

impl<'s> State<'s> {
    fn new(visit: &'s mut dyn FnMut(&[Opened]), progress: &'s (dyn Fn(Progress) + Sync)) -> Self {
        let (done, batch, result) = (BTreeSet::new(), Vec::new(), Reopened::default());
        Self { visit, progress, done, batch, bytes: 0, result }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            (self.visit)(&self.batch);
            (self.progress)(Progress::Advance(self.batch.len() as u64));
            self.batch.clear();
            self.bytes = 0;
        }
    }

    fn push(&mut self, copy: Stored, size: usize, content: Content) {
        if !self.done.insert(copy.message_uid.clone()) {
            return;
        }
        let Stored { message_uid, mailbox, time, addressee, evidence } = copy;
        // Off the roster, whom it was delivered to says more than a folder's name.
        let by_name = mailbox.contains('@') || addressee.is_empty();
        let mailbox = if by_name { mailbox } else { addressee };
        self.batch.push(Opened { message_uid, mailbox, time, evidence, content });
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes >= BATCH_BYTES || self.batch.len() >= BATCH_MESSAGES {
            self.flush();
        }
    }

    fn member(&mut self, member: &mut Member<'_>, mut copies: Vec<Stored>) {
        copies.retain(|copy| !self.done.contains(&copy.message_uid));
        match demarche_readers::sniff(member.prefix()).map(|format| format.name) {
            Some("msg" | "pst") => self.store(member, copies),
            _ => self.ranges(member, copies),
        }
    }

    /// Cuts cited ranges out of a member, in order of offset.
    fn ranges(&mut self, member: &mut Member<'_>, copies: Vec<Stored>) {
        let mut at = 0_u64;
        for copy in copies {
            let EvidenceRef { offset, length, .. } = copy.evidence;
            let place = format!("`{}` at byte {offset}", copy.evidence.path);
            if offset < at {
                // Messages of one member never overlap; one that does was stored wrongly.
                self.result.failures.push(format!("{place}: lies within the message before it"));
                continue;
            }
            let mut raw = Vec::new();
            let read = io::copy(&mut member.by_ref().take(offset - at), &mut io::sink()).and_then(
                |skipped| {
                    at += skipped;
                    member.by_ref().take(length).read_to_end(&mut raw)
                },
            );
            at += raw.len() as u64;
            if let Err(error) = read {
                self.result.failures.push(format!("{place}: {error}"));
                return;
            }
            if raw.len() as u64 != length || sha256_hex(&raw) != copy.evidence.sha256 {
                self.result.failures.push(format!("{place}: its bytes are not those cited"));
                continue;
            }
            match mail::content(&raw, &copy.message_uid) {
                Some(bytes) => self.push(copy, raw.len(), Content::Bytes(bytes)),
                None => {
                    let reason = "its bytes give another identity than the stored one";
                    self.result.failures.push(format!("{place}: {reason}"));
                }
            }
        }
    }

    /// Reads a store again; its messages are known by their uid.
    fn store(&mut self, member: &mut Member<'_>, copies: Vec<Stored>) {
        let mut wanted: BTreeMap<MessageUid, Stored> = BTreeMap::new();
        for copy in copies {
            wanted.entry(copy.message_uid.clone()).or_insert(copy);
        }
        member.keep_content();
        demarche_readers::read_member(member, &mut |record| {
            let Record::Message(message) = record else { return };
            let Some(copy) = wanted.remove(&message.message_uid) else { return };
            let mut parts: Vec<Part> = Vec::new();
            for (kind, text) in [("text/plain", message.text), ("text/html", message.html)] {
                if !text.is_empty() {
                    let (content_type, bytes) = (kind.to_owned(), text.into_bytes());
                    parts.push(Part { content_type, bytes, ..Part::default() });
                }
            }
            parts.extend(message.attachments.into_iter().map(|attached| Part {
                name: attached.name,
                content_type: attached.content_type,
                bytes: attached.content.unwrap_or_default(),
                ..Part::default()
            }));
            parts.iter_mut().enumerate().for_each(|(n, part)| part.number = n + 1);
            let size = parts.iter().map(|part| part.bytes.len()).sum();
            self.push(copy, size, Content::Parts { headers: message.headers, parts });
        });
        for copy in wanted.into_values() {
            let path = &copy.evidence.path;
            self.result.failures.push(format!("`{path}`: one message is no longer found in it"));
        }
    }
}
