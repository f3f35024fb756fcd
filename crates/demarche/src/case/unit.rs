//! Reading one pack of sources into a unit of the lake, or a large source into several.
//!
//! A large source is cut into shards at the record that crosses [`SHARD_BYTES`] of its
//! members. Each shard is committed when it is full, so that memory and what a kill loses
//! stay small. A resumed ingest passes by what was committed: the same bytes are handed on
//! in the same order, so everything before the first record at or behind the place of the
//! cut is stored already.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use demarche_core::number::NumberKey;
use demarche_core::observable;
use demarche_core::source::{Limits, Member, walk};
use demarche_core::{
    Anomaly, Call, ContextEntry, CoverageEntry, Event, EvidenceRef, Fetch, MailFeatures, Message,
    Network, Observable, PassiveDns, Record, RecordLookup, Registration, RosterEntry,
};
use demarche_lake::{LakeError, Occurrence, Position, Shard, SourceEntry, UnitEntry, UnitWriter};

use super::pack::{Pack, Planned, SHARD_BYTES};
use super::policy::{Policy, Treatment, refused};

/// Records held before they are written.
const FLUSH_ROWS: usize = 4_096;
/// Bytes of message text held before they are written.
const FLUSH_BYTES: usize = 32 << 20;

/// What a pack gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) roster: Vec<RosterEntry>,
    pub(super) anomalies: u64,
}

/// Where units go.
pub(super) struct Store<'s> {
    /// A place to write a unit of this id to.
    pub(super) open: &'s dyn Fn(&str) -> UnitWriter,
    /// Makes a unit visible.
    pub(super) commit: &'s dyn Fn(&str, UnitWriter, UnitEntry) -> Result<(), LakeError>,
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
    let large = pack.is_large();
    let (number, place) = match resume {
        Some((number, place)) if large => (number, Some(place)),
        _ => (0, None),
    };
    let id = if large { pack.shard(number) } else { pack.unit.clone() };
    let mut rows = Rows {
        pack,
        policy: rules.policy,
        store,
        unit: (store.open)(&id),
        id,
        large,
        number,
        resume: place,
        members: 0,
        carried: 0,
        from: place.map_or(0, |place| place.offset),
        end: 0,
        done: Vec::new(),
        failed: None,
        taken: Taken {
            consent: rules.consent.map(str::to_owned),
            numbers: rules.numbers.cloned(),
            ..Taken::default()
        },
    };
    for source in &pack.sources {
        rows.taken.begin(source);
        let walked = walk(
            &source.file.path,
            &source.file.display,
            &source.hashed.id,
            &Limits::default(),
            &mut |mut member| rows.member(&mut member),
        );
        if let Some(error) = rows.failed.take() {
            return Err(error);
        }
        match walked {
            Ok(anomalies) => rows.taken.anomalies.extend(anomalies),
            Err(error) => rows.taken.say(source_evidence(source), "source", error.to_string()),
        }
        rows.done.push(rows.taken.end_source());
        progress(source.hashed.bytes);
    }
    rows.commit(None)?;
    Ok(Outcome { anomalies: rows.taken.anomalies_seen, roster: rows.taken.roster_seen })
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
    store: &'r Store<'r>,
    unit: UnitWriter,
    id: String,
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
    failed: Option<LakeError>,
    taken: Taken,
}

impl Rows<'_> {
    /// Reads one member. A reader that panics is our defect, but never the end of the
    /// rest of the evidence: it becomes an anomaly.
    fn member(&mut self, member: &mut Member<'_>) {
        let ordinal = self.members;
        self.members += 1;
        if self.failed.is_some() {
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
            Ok((format, _)) => self.taken.source.formats.extend(format.map(str::to_owned)),
            Err(_) => self.taken.say(
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
        if self.failed.is_some() {
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
        if self.failed.is_none() && self.taken.full() {
            self.failed = self.taken.flush(&mut self.unit).err();
        }
    }

    /// Ends a shard; the next begins at `next`.
    fn cut(&mut self, next: Position) {
        self.done.push(self.taken.part());
        self.failed = self.commit(Some(next)).err();
        self.taken.stored.clear();
        self.carried = 0;
        self.from = next.offset;
        self.end = next.offset;
    }

    /// Makes the unit visible and, where more comes, opens the next.
    fn commit(&mut self, next: Option<Position>) -> Result<(), LakeError> {
        self.taken.flush(&mut self.unit)?;
        let mut sources = std::mem::take(&mut self.done);
        sources.sort();
        let shard = self.large.then_some(Shard { number: self.number, next });
        let policy = self.policy.digest();
        let entry = UnitEntry { sources, policy, shard, ..UnitEntry::default() };
        self.number += 1;
        let id = std::mem::replace(&mut self.id, self.pack.shard(self.number));
        let unit = std::mem::replace(&mut self.unit, (self.store.open)(&self.id));
        (self.store.commit)(&id, unit, entry)
    }
}

/// Rows of all tables until they are written, and what has been seen in the unit.
#[derive(Default)]
struct Taken {
    consent: Option<String>,
    numbers: Option<NumberKey>,
    messages: Vec<Message>,
    text_bytes: usize,
    features: Vec<MailFeatures>,
    occurrences: Vec<Occurrence>,
    events: Vec<Event>,
    fetches: Vec<Fetch>,
    calls: Vec<Call>,
    lookups: Vec<RecordLookup>,
    roster: Vec<RosterEntry>,
    coverage: Vec<CoverageEntry>,
    context: Vec<ContextEntry>,
    networks: Vec<Network>,
    passive_dns: Vec<PassiveDns>,
    registrations: Vec<Registration>,
    anomalies: Vec<Anomaly>,
    observables: Vec<Observable>,
    anomalies_seen: u64,
    roster_seen: Vec<RosterEntry>,
    /// Whole records are stored once a source (once a shard of a large one), so that
    /// forgetting one source takes nothing from another; 128 bits of their uid (and folder).
    stored: BTreeSet<u128>,
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
            ..SourceEntry::default()
        };
    }

    /// The part of the source that was read since the last call.
    fn part(&mut self) -> SourceEntry {
        let read = std::mem::take(&mut self.source.read);
        let mut part = self.source.clone();
        part.read = read;
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
            self.say(whole.clone(), "policy", reason);
        }
    }

    fn say(&mut self, evidence: EvidenceRef, reader: &str, reason: String) {
        self.anomalies.push(Anomaly { evidence, reader: reader.to_owned(), reason });
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
                    self.observables.extend(observable::of_event(&event));
                    self.events.push(*event);
                }
            }
            Record::Fetch(fetch) => {
                self.count("fetches");
                if policy.of(&fetch.account) == Treatment::Refuse {
                    self.refuse(&fetch.account);
                } else if self.new_here(&["fetch", &fetch.fetch_uid]) {
                    self.observables.extend(observable::of_fetch(&fetch));
                    self.fetches.push(*fetch);
                }
            }
            Record::Call(mut call) => {
                self.count("calls");
                if let Some(key) = &self.numbers {
                    call.caller = key.hide(&call.caller);
                    call.callee = key.hide(&call.callee);
                }
                if self.new_here(&["call", &call.call_uid]) {
                    self.calls.push(*call);
                }
            }
            Record::RecordLookup(mut lookup) => {
                self.count("record_lookups");
                if let Some(key) = &self.numbers {
                    lookup.subject_number = key.hide(&lookup.subject_number);
                }
                if self.new_here(&["lookup", &lookup.lookup_uid]) {
                    self.lookups.push(*lookup);
                }
            }
            Record::Roster(entry) => self.roster_entry(*entry),
            Record::Coverage(entry) => {
                self.count("coverage");
                self.coverage.push(*entry);
            }
            Record::Context(entry) => {
                self.count("context");
                self.context.push(*entry);
            }
            Record::Network(line) => {
                self.count("networks");
                self.networks.push(*line);
            }
            Record::PassiveDns(seen) => {
                self.count("passive_dns");
                if self.new_here(&["passive_dns", &seen.dns_uid]) {
                    self.passive_dns.push(*seen);
                }
            }
            Record::Registration(answer) => {
                self.count("registrations");
                if self.new_here(&["registration", &answer.registration_uid]) {
                    self.registrations.push(*answer);
                }
            }
            Record::Anomaly(anomaly) => self.anomalies.push(*anomaly),
        }
    }

    fn message(&mut self, mut message: Message, policy: &Policy) {
        self.count("messages");
        let headers = message.delivered_to.iter().map(String::as_str);
        let mailbox = policy.rule().mailbox(headers, &message.folder, &message.evidence.path);
        let treatment = policy.of(&mailbox);
        if treatment == Treatment::Refuse {
            return self.refuse(&mailbox);
        }
        self.occurrences.push(Occurrence {
            message_uid: message.message_uid.clone(),
            delivered_to: message.delivered_to.clone(),
            folder: message.folder.clone(),
            evidence: message.evidence.clone(),
        });
        let uid = message.message_uid.as_str().to_owned();
        if !self.new_here(&["message", &uid, &message.folder]) {
            return;
        }
        if self.new_here(&["features", &uid]) {
            self.features.push(demarche_features::mail(&message));
            self.observables.extend(observable::of_message(&message));
        }
        if treatment == Treatment::WithoutBody {
            message.strip_body();
        }
        self.text_bytes += message.text.len() + message.html.len() + message.headers.len();
        self.messages.push(message);
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
            self.say(entry.evidence.clone(), "policy", reason);
            entry = RosterEntry {
                addresses: entry.addresses,
                kind: entry.kind,
                evidence: entry.evidence,
                ..RosterEntry::default()
            };
        }
        self.roster.push(entry.clone());
        self.roster_seen.push(entry);
    }

    fn full(&self) -> bool {
        self.text_bytes > FLUSH_BYTES
            || self.occurrences.len().max(self.messages.len()) >= FLUSH_ROWS
            || self.events.len().max(self.fetches.len()) >= FLUSH_ROWS
            || self.calls.len().max(self.lookups.len()) >= FLUSH_ROWS
            || self.networks.len().max(self.anomalies.len()) >= FLUSH_ROWS
            || self.passive_dns.len().max(self.registrations.len()) >= FLUSH_ROWS
    }

    fn flush(&mut self, unit: &mut UnitWriter) -> Result<(), LakeError> {
        self.anomalies_seen += self.anomalies.len() as u64;
        self.text_bytes = 0;
        unit.push(&std::mem::take(&mut self.messages))?;
        unit.push(&std::mem::take(&mut self.features))?;
        unit.push(&std::mem::take(&mut self.occurrences))?;
        unit.push(&std::mem::take(&mut self.events))?;
        unit.push(&std::mem::take(&mut self.fetches))?;
        unit.push(&std::mem::take(&mut self.calls))?;
        unit.push(&std::mem::take(&mut self.lookups))?;
        unit.push(&std::mem::take(&mut self.roster))?;
        unit.push(&std::mem::take(&mut self.coverage))?;
        unit.push(&std::mem::take(&mut self.context))?;
        unit.push(&std::mem::take(&mut self.networks))?;
        unit.push(&std::mem::take(&mut self.passive_dns))?;
        unit.push(&std::mem::take(&mut self.registrations))?;
        self.observables.sort();
        unit.push(&std::mem::take(&mut self.observables))?;
        unit.push(&std::mem::take(&mut self.anomalies))
    }
}
