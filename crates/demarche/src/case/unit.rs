//! Reading one pack of sources into one unit of the lake.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use demarche_core::observable;
use demarche_core::source::{Limits, Member, walk};
use demarche_core::{
    Anomaly, Call, ContextEntry, CoverageEntry, Event, EvidenceRef, Fetch, MailFeatures, Message,
    Network, Observable, PassiveDns, Record, RecordLookup, Registration, RosterEntry,
};
use demarche_lake::{LakeError, Occurrence, SourceEntry, UnitWriter};

use super::pack::{Pack, Planned};
use super::policy::{Policy, Treatment, refused};

/// Records held before they are written.
const FLUSH_ROWS: usize = 4_096;
/// Bytes of message text held before they are written.
const FLUSH_BYTES: usize = 32 << 20;

/// What a pack gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) sources: Vec<SourceEntry>,
    pub(super) roster: Vec<RosterEntry>,
    pub(super) anomalies: u64,
}

/// Reads every source of a pack. Rows go to `unit`; nothing is visible before the
/// caller commits it.
///
/// # Errors
/// Only what writing says.
pub(super) fn read_pack(
    pack: &Pack,
    policy: &Policy,
    consent: Option<&str>,
    unit: &mut UnitWriter,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Outcome, LakeError> {
    let mut rows = Rows { consent: consent.map(str::to_owned), ..Rows::default() };
    let mut outcome = Outcome::default();
    for source in &pack.sources {
        rows.begin(source);
        let mut failed = None;
        let walked = walk(
            &source.file.path,
            &source.file.display,
            &source.hashed.id,
            &Limits::default(),
            &mut |mut member| {
                if failed.is_none() {
                    failed = rows.member(&mut member, policy, unit).err();
                }
            },
        );
        if let Some(error) = failed {
            return Err(error);
        }
        match walked {
            Ok(anomalies) => anomalies.into_iter().for_each(|anomaly| rows.anomalies.push(anomaly)),
            Err(error) => rows.say(source_evidence(source), "source", error.to_string()),
        }
        rows.end_source(&mut outcome);
        progress(source.hashed.bytes);
    }
    rows.flush(unit)?;
    outcome.anomalies = rows.anomalies_seen;
    outcome.roster = rows.roster_seen;
    Ok(outcome)
}

fn source_evidence(source: &Planned) -> EvidenceRef {
    EvidenceRef {
        source: source.hashed.id.clone(),
        path: source.file.display.clone(),
        ..EvidenceRef::default()
    }
}

/// Rows of all tables until they are written, and what has been seen in the unit.
#[derive(Default)]
struct Rows {
    consent: Option<String>,
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
    /// Whole records are stored once a source, so that forgetting one source takes
    /// nothing from another; 128 bits of their uid (and folder).
    stored: BTreeSet<u128>,
    /// Records of refused accounts in the member at hand.
    refused: BTreeMap<String, u64>,
    source: SourceEntry,
}

impl Rows {
    fn begin(&mut self, source: &Planned) {
        self.stored.clear();
        self.source = SourceEntry {
            path: source.file.display.clone(),
            id: source.hashed.id.to_string(),
            bytes: source.hashed.bytes,
            ..SourceEntry::default()
        };
    }

    fn end_source(&mut self, outcome: &mut Outcome) {
        self.source.formats.sort();
        self.source.formats.dedup();
        outcome.sources.push(std::mem::take(&mut self.source));
    }

    /// Reads one member. A reader that panics is our defect, but never the end of the
    /// rest of the evidence: it becomes an anomaly.
    fn member(
        &mut self,
        member: &mut Member<'_>,
        policy: &Policy,
        unit: &mut UnitWriter,
    ) -> Result<(), LakeError> {
        let whole = EvidenceRef {
            source: member.source().clone(),
            path: member.path().to_owned(),
            ..EvidenceRef::default()
        };
        let mut failed = None;
        let read = catch_unwind(AssertUnwindSafe(|| {
            demarche_readers::read_member(member, &mut |record| {
                self.take(record, policy);
                if failed.is_none() && self.full() {
                    failed = self.flush(unit).err();
                }
            })
        }));
        if let Some(error) = failed {
            return Err(error);
        }
        match read {
            Ok((format, _)) => self.source.formats.extend(format.map(str::to_owned)),
            Err(_) => self.say(
                whole.clone(),
                "reader",
                "reading ended early: a defect of the reader".into(),
            ),
        }
        for (account, records) in std::mem::take(&mut self.refused) {
            let reason = format!(
                "`{account}` is linked without a valid consent: {records} records not stored"
            );
            self.say(whole.clone(), "policy", reason);
        }
        Ok(())
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
            Record::Call(call) => {
                self.count("calls");
                if self.new_here(&["call", &call.call_uid]) {
                    self.calls.push(*call);
                }
            }
            Record::RecordLookup(lookup) => {
                self.count("record_lookups");
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
            message.text.clear();
            message.html.clear();
            message.urls.iter_mut().for_each(|url| url.shown.clear());
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
