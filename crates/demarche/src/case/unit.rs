//! Reading one pack of sources into a unit of the lake, or a large source into several.
//!
//! A large source is cut into shards at the record that crosses [`SHARD_BYTES`] of its
//! members. Each shard is committed when it is full, so that memory and what a kill loses
//! stay small. A resumed ingest passes by what was committed: the same bytes are handed on
//! in the same order, so everything before the first record at or behind the place of the
//! cut is stored already.
//!
//! Reading goes on while [`write`] computes features and writes what was read before.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use demarche_core::id::short_hash;
use demarche_core::number::NumberKey;
use demarche_core::portal::{Asked, Portal};
use demarche_core::source::{Limits, Member, walk};
use demarche_core::{EvidenceRef, Fetch, Message, Record, RecordLookup, RosterEntry};
use demarche_lake::{
    FinishedUnit, LakeError, Occurrence, Position, Shard, SourceEntry, UnitEntry, UnitWriter,
};

use super::batch::{Batch, Mail};
use super::pack::{Pack, Planned, SHARD_BYTES};
use super::policy::{Policy, Treatment, refused};
use super::write::{Job, write};

/// What a pack gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) roster: Vec<RosterEntry>,
    pub(super) anomalies: u64,
}

/// Where units go.
pub(super) struct Store<'s> {
    /// A place to write a unit of this id to.
    pub(super) open: &'s (dyn Fn(&str) -> UnitWriter + Sync),
    /// Makes a unit visible.
    pub(super) commit: &'s (dyn Fn(&str, FinishedUnit, UnitEntry) -> Result<(), LakeError> + Sync),
}

/// What must not be stored, or not as it stands.
#[derive(Clone, Copy)]
pub(super) struct Rules<'r> {
    /// The roster's word.
    pub(super) policy: &'r Policy,
    /// Vouches for the consent of every linked person.
    pub(super) consent: Option<&'r str>,
    /// Hides telephone numbers; none for a query straight over evidence.
    pub(super) numbers: Option<&'r NumberKey>,
    /// Requests that are look-ups of call records.
    pub(super) portals: &'r [Portal],
}

/// Reads every source of a pack and commits it; a large one from shard `resume` on.
///
/// # Errors
/// Only what writing says.
pub(super) fn read_pack(
    pack: &Pack,
    rules: Rules<'_>,
    resume: Option<(u32, Position)>,
    store: &Store<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Outcome, LakeError> {
    // One batch is written and one waits while the next is read.
    let (jobs, work) = sync_channel(1);
    thread::scope(|scope| {
        let writing = scope.spawn(move || write(&work, store));
        let outcome = read(pack, rules, resume, jobs, progress);
        // A reader that met a closed channel ended early; the writer says why.
        match writing.join() {
            Ok(written) => written.map(|()| outcome),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// Reads every source and sends what it gives to be written.
fn read(
    pack: &Pack,
    rules: Rules<'_>,
    resume: Option<(u32, Position)>,
    jobs: SyncSender<Job>,
    progress: &(dyn Fn(u64) + Sync),
) -> Outcome {
    let large = pack.is_large();
    let (number, place) = match resume {
        Some((number, place)) if large => (number, Some(place)),
        _ => (0, None),
    };
    let mut rows = Rows {
        pack,
        policy: rules.policy,
        jobs,
        large,
        number,
        resume: place,
        members: 0,
        carried: 0,
        from: place.map_or(0, |place| place.offset),
        end: 0,
        done: Vec::new(),
        failed: false,
        taken: Taken {
            consent: rules.consent.map(str::to_owned),
            numbers: rules.numbers.cloned(),
            portals: rules.portals.to_vec(),
            ..Taken::default()
        },
    };
    rows.begin();
    for source in &pack.sources {
        rows.taken.begin(source);
        let walked = walk(
            &source.file.path,
            &source.file.display,
            &source.hashed.id,
            &Limits::default(),
            &mut |mut member| rows.member(&mut member),
        );
        if rows.failed {
            break;
        }
        match walked {
            Ok(anomalies) => rows.taken.batch.anomalies.extend(anomalies),
            Err(error) => {
                rows.taken.batch.say(source_evidence(source), "source", error.to_string());
            }
        }
        rows.done.push(rows.taken.end_source());
        progress(source.hashed.bytes);
    }
    rows.end(None);
    Outcome { anomalies: rows.taken.anomalies_seen, roster: rows.taken.roster_seen }
}

fn source_evidence(source: &Planned) -> EvidenceRef {
    EvidenceRef {
        source: source.hashed.id.clone(),
        path: source.file.display.clone(),
        ..EvidenceRef::default()
    }
}

/// The unit being written, and where in the sources it stands.
struct Rows<'r> {
    pack: &'r Pack,
    policy: &'r Policy,
    jobs: SyncSender<Job>,
    large: bool,
    number: u32,
    /// What lies before this place is stored already.
    resume: Option<Position>,
    /// Members met so far.
    members: u64,
    /// Bytes of earlier members in this shard.
    carried: u64,
    /// Where in the member at hand the shard begins, and how far it has come.
    from: u64,
    end: u64,
    /// Sources read to their end.
    done: Vec<SourceEntry>,
    /// Nobody writes any more.
    failed: bool,
    taken: Taken,
}

impl Rows<'_> {
    /// Reads one member. A reader that panics is our defect, but never the end of the
    /// rest of the evidence: it becomes an anomaly.
    fn member(&mut self, member: &mut Member<'_>) {
        let ordinal = self.members;
        self.members += 1;
        if self.failed {
            return;
        }
        match self.resume {
            Some(place) if place.member > ordinal => {
                // Read, so that the walk's bound on decompressed bytes is used up alike.
                if demarche_readers::sniff(member.prefix()).is_some() {
                    let _ = std::io::copy(member, &mut std::io::sink());
                }
                return;
            }
            Some(place) if place.offset > 0 => member.want_from(place.offset),
            _ => self.resume = None,
        }
        if self.large && self.carried >= SHARD_BYTES {
            self.cut(Position { member: ordinal, offset: 0 });
        }
        let whole = EvidenceRef {
            source: member.source().clone(),
            path: member.path().to_owned(),
            ..EvidenceRef::default()
        };
        let read = catch_unwind(AssertUnwindSafe(|| {
            demarche_readers::read_member(member, &mut |record| self.take(record, ordinal, &whole))
        }));
        self.resume = None;
        match read {
            Ok((format, _)) => {
                let framing = format == Some(demarche_readers::git::FRAMING.name);
                self.taken.source.framing += u64::from(framing);
                self.taken.source.formats.extend(format.map(str::to_owned));
            }
            Err(_) => self.taken.batch.say(
                whole.clone(),
                "reader",
                "reading ended early: a defect of the reader".into(),
            ),
        }
        self.taken.say_refused(&whole);
        self.carried += self.end.saturating_sub(self.from);
        (self.from, self.end) = (0, 0);
    }

    fn take(&mut self, record: Record, ordinal: u64, whole: &EvidenceRef) {
        if self.failed {
            return;
        }
        let (offset, length) =
            record.evidence().map_or((0, 0), |evidence| (evidence.offset, evidence.length));
        if let Some(place) = self.resume {
            if offset < place.offset {
                return;
            }
            self.resume = None;
        }
        // Cut only where all that came before lies before: some readers hand on records out
        // of order (a store's nodes, a call at its end), or several of one place.
        let behind = offset >= self.end;
        let enough = self.carried + offset.saturating_sub(self.from) >= SHARD_BYTES;
        if self.large && behind && enough {
            self.taken.say_refused(whole);
            self.cut(Position { member: ordinal, offset });
        }
        self.end = self.end.max(offset.saturating_add(length));
        self.taken.take(record, self.policy);
        if self.taken.batch.is_full() {
            self.flush();
        }
    }

    /// Sends what was taken to be written.
    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.taken.batch);
        self.taken.anomalies_seen += batch.anomalies.len() as u64;
        self.send(Job::Rows(Box::new(batch)));
    }

    /// Ends a shard; the next begins at `next`.
    fn cut(&mut self, next: Position) {
        self.done.push(self.taken.part());
        self.end(Some(next));
        self.begin();
        self.taken.stored.clear();
        self.carried = 0;
        self.from = next.offset;
        self.end = next.offset;
    }

    fn send(&mut self, job: Job) {
        self.failed |= self.jobs.send(job).is_err();
    }

    /// Has the unit opened.
    fn begin(&mut self) {
        let pack = self.pack;
        let id = if self.large { pack.shard(self.number) } else { pack.unit.clone() };
        self.send(Job::Begin(id));
    }

    /// Has the unit made visible.
    fn end(&mut self, next: Option<Position>) {
        self.flush();
        let mut sources = std::mem::take(&mut self.done);
        sources.sort();
        let shard = self.large.then_some(Shard { number: self.number, next });
        let policy = self.policy.digest();
        let entry = UnitEntry { sources, policy, shard, ..UnitEntry::default() };
        self.number += 1;
        self.send(Job::End(entry));
    }
}

/// Rows until they are written, and what has been seen in the unit.
#[derive(Default)]
struct Taken {
    consent: Option<String>,
    numbers: Option<NumberKey>,
    portals: Vec<Portal>,
    batch: Batch,
    anomalies_seen: u64,
    roster_seen: Vec<RosterEntry>,
    /// Whole records are stored once a source (once a shard of a large one), so that
    /// forgetting one source takes nothing from another; 128 bits of their uid (and folder).
    stored: HashSet<u128>,
    /// Records of refused accounts in the member at hand.
    refused: BTreeMap<String, u64>,
    source: SourceEntry,
}

impl Taken {
    fn begin(&mut self, source: &Planned) {
        self.stored.clear();
        self.source = SourceEntry {
            path: source.file.display.clone(),
            id: source.hashed.id.to_string(),
            bytes: source.hashed.bytes,
            stamp: source.stamp,
            ..SourceEntry::default()
        };
    }

    /// The part of the source that was read since the last call.
    fn part(&mut self) -> SourceEntry {
        let read = std::mem::take(&mut self.source.read);
        let mut part = self.source.clone();
        part.read = read;
        self.source.framing = 0;
        part.formats.sort();
        part.formats.dedup();
        part
    }

    fn end_source(&mut self) -> SourceEntry {
        let part = self.part();
        self.source = SourceEntry::default();
        part
    }

    fn say_refused(&mut self, whole: &EvidenceRef) {
        for (account, records) in std::mem::take(&mut self.refused) {
            let reason = format!(
                "`{account}` is linked without a valid consent: {records} records not stored"
            );
            self.batch.say(whole.clone(), "policy", reason);
        }
    }

    fn count(&mut self, kind: &str) {
        *self.source.read.entry(kind.to_owned()).or_default() += 1;
    }

    /// Whether a whole record with this key is new to the source.
    fn new_here(&mut self, parts: &[&str]) -> bool {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        self.stored.insert(u128::from_le_bytes(key))
    }

    fn refuse(&mut self, account: &str) {
        *self.refused.entry(account.to_owned()).or_default() += 1;
    }

    fn take(&mut self, record: Record, policy: &Policy) {
        match record {
            Record::Message(message) => self.message(*message, policy),
            Record::Event(event) => {
                self.count("events");
                if policy.of(&event.account) == Treatment::Refuse {
                    self.refuse(&event.account);
                } else if self.new_here(&["event", &event.event_uid]) {
                    self.batch.bytes += event.detail.len();
                    self.batch.events.push(*event);
                }
            }
            Record::Fetch(mut fetch) => {
                self.count("fetches");
                if policy.of(&fetch.account) == Treatment::Refuse {
                    self.refuse(&fetch.account);
                } else if self.new_here(&["fetch", &fetch.fetch_uid]) {
                    self.portal(&mut fetch);
                    self.batch.fetches.push(*fetch);
                }
            }
            Record::Call(mut call) => {
                self.count("calls");
                if let Some(key) = &self.numbers {
                    call.caller = key.hide(&call.caller);
                    call.callee = key.hide(&call.callee);
                }
                if self.new_here(&["call", &call.call_uid]) {
                    self.batch.calls.push(*call);
                }
            }
            Record::RecordLookup(lookup) => self.lookup(*lookup),
            Record::Roster(entry) => self.roster_entry(*entry),
            Record::Coverage(entry) => {
                self.count("coverage");
                self.batch.coverage.push(*entry);
            }
            Record::Context(entry) => {
                self.count("context");
                self.batch.context.push(*entry);
            }
            Record::Network(line) => {
                self.count("networks");
                self.batch.networks.push(*line);
            }
            Record::PassiveDns(seen) => {
                self.count("passive_dns");
                if self.new_here(&["passive_dns", &seen.dns_uid]) {
                    self.batch.passive_dns.push(*seen);
                }
            }
            Record::Registration(answer) => {
                self.count("registrations");
                if self.new_here(&["registration", &answer.registration_uid]) {
                    self.batch.registrations.push(*answer);
                }
            }
            Record::Anomaly(anomaly) => self.batch.anomalies.push(*anomaly),
        }
    }

    fn lookup(&mut self, mut lookup: RecordLookup) {
        self.count("record_lookups");
        if let Some(key) = &self.numbers {
            lookup.subject_number = key.hide(&lookup.subject_number);
        }
        if self.new_here(&["lookup", &lookup.lookup_uid]) {
            self.batch.lookups.push(lookup);
        }
    }

    /// Look-ups that a request to a portal was, unless it was refused there. The numbers in
    /// the request, and in the one it was made from, are hidden as all others are.
    fn portal(&mut self, fetch: &mut Fetch) {
        let asked = |url: &str| self.portals.iter().find_map(|portal| portal.read(url));
        let (here, before) = (asked(&fetch.url), asked(&fetch.referrer));
        if let Some(here) = here.as_ref().filter(|_| fetch.status < 400) {
            for number in &here.numbers {
                self.lookup(portal_lookup(fetch, here, number));
            }
        }
        if let Some(key) = &self.numbers {
            if let Some(here) = here {
                fetch.url = here.hidden(&fetch.url, key);
            }
            if let Some(before) = before {
                fetch.referrer = before.hidden(&fetch.referrer, key);
            }
        }
    }

    fn message(&mut self, message: Message, policy: &Policy) {
        self.count("messages");
        let headers = message.delivered_to.iter().map(String::as_str);
        let mailbox = policy.rule().mailbox(headers, &message.folder, &message.evidence.path);
        let treatment = policy.of(&mailbox);
        if treatment == Treatment::Refuse {
            return self.refuse(&mailbox);
        }
        self.batch.occurrences.push(Occurrence {
            message_uid: message.message_uid.clone(),
            delivered_to: message.delivered_to.clone(),
            folder: message.folder.clone(),
            evidence: message.evidence.clone(),
        });
        let uid = message.message_uid.as_str().to_owned();
        if !self.new_here(&["message", &uid, &message.folder]) {
            return;
        }
        let first = self.new_here(&["features", &uid]);
        let treated = if treatment == Treatment::WithoutBody { "without" } else { "whole" };
        let indexed = self.new_here(&["words", treated, &uid]);
        let without_body = treatment == Treatment::WithoutBody;
        self.batch.bytes += message.text.len() + message.html.len() + message.headers.len();
        self.batch.mails.push(Mail { message, first, indexed, without_body });
    }

    /// Of a refused row only the addresses are kept: by them its evidence is refused
    /// again when it comes in a later ingest.
    fn roster_entry(&mut self, mut entry: RosterEntry) {
        self.count("roster");
        let now = demarche_core::custody::now();
        if refused(&entry, now)
            && let Some(consent) = &self.consent
        {
            entry.consent_ref.clone_from(consent);
            entry.consent_until = None;
        }
        if refused(&entry, now) {
            let reason = "linked person without a valid consent: row and evidence refused".into();
            self.batch.say(entry.evidence.clone(), "policy", reason);
            entry = RosterEntry {
                addresses: entry.addresses,
                kind: entry.kind,
                evidence: entry.evidence,
                ..RosterEntry::default()
            };
        }
        self.batch.roster.push(entry.clone());
        self.roster_seen.push(entry);
    }
}

fn portal_lookup(fetch: &Fetch, asked: &Asked, number: &str) -> RecordLookup {
    let operator = if asked.operator.is_empty() { &fetch.account } else { &asked.operator };
    RecordLookup {
        lookup_uid: format!("l1:{}", short_hash(&[fetch.fetch_uid.as_bytes(), number.as_bytes()])),
        time: fetch.time,
        operator: operator.clone(),
        source_ip: fetch.client.clone(),
        subject_number: number.to_owned(),
        rows: 0,
        purpose: asked.purpose.clone(),
        evidence: fetch.evidence.clone(),
    }
}
