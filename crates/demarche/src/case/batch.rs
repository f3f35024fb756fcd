//! Rows that were read, until they are written.

use demarche_core::{
    Anomaly, Call, ContextEntry, CoverageEntry, Event, EvidenceRef, Fetch, MailFeatures, Message,
    Network, Observable, PassiveDns, RecordLookup, Registration, RosterEntry, observable,
};
use demarche_lake::{LakeError, Occurrence, Tables, TextWriter};
use rayon::prelude::*;

/// Records held before they are written.
const ROWS: usize = 4_096;
/// Bytes of text held before they are written.
const BYTES: usize = 16 << 20;

/// A message as it was read, and what is to become of it.
pub(super) struct Mail {
    pub(super) message: Message,
    /// The first of its uid in the unit: features and observables are of it.
    pub(super) first: bool,
    /// Its words go into the text index; another row of the unit has not given them yet.
    pub(super) indexed: bool,
    /// Of a privileged mailbox: the body is used for features and not stored.
    pub(super) without_body: bool,
}

/// Rows of all tables.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) mails: Vec<Mail>,
    pub(super) occurrences: Vec<Occurrence>,
    pub(super) events: Vec<Event>,
    pub(super) fetches: Vec<Fetch>,
    pub(super) calls: Vec<Call>,
    pub(super) lookups: Vec<RecordLookup>,
    pub(super) roster: Vec<RosterEntry>,
    pub(super) coverage: Vec<CoverageEntry>,
    pub(super) context: Vec<ContextEntry>,
    pub(super) networks: Vec<Network>,
    pub(super) passive_dns: Vec<PassiveDns>,
    pub(super) registrations: Vec<Registration>,
    pub(super) anomalies: Vec<Anomaly>,
    /// Bytes of text in all this, about.
    pub(super) bytes: usize,
}

impl Batch {
    pub(super) fn say(&mut self, evidence: EvidenceRef, reader: &str, reason: String) {
        self.anomalies.push(Anomaly { evidence, reader: reader.to_owned(), reason });
    }

    /// Whether it is time to write.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > BYTES
            || self.occurrences.len().max(self.mails.len()) >= ROWS
            || self.events.len().max(self.fetches.len()) >= ROWS
            || self.calls.len().max(self.lookups.len()) >= ROWS
            || self.networks.len().max(self.anomalies.len()) >= ROWS
            || self.passive_dns.len().max(self.registrations.len()) >= ROWS
    }

    /// Computes what is computed of a record alone, and writes all of it.
    ///
    /// # Errors
    /// What writing says.
    pub(super) fn write(
        mut self,
        tables: &mut Tables,
        text: &mut TextWriter,
    ) -> Result<(), LakeError> {
        let (features, observables) = self.compute();
        let indexed: Vec<bool> = self.mails.iter().map(|mail| mail.indexed).collect();
        let messages: Vec<Message> = self.mails.into_iter().map(|mail| mail.message).collect();
        let words = messages.iter().zip(indexed).filter(|(_, indexed)| *indexed);
        let (indexed, stored) = rayon::join(
            || text.add(words.map(|(message, _)| message)),
            || {
                tables.push(&messages)?;
                tables.push(&features)?;
                tables.push(&self.occurrences)?;
                tables.push(&self.events)?;
                tables.push(&self.fetches)?;
                tables.push(&self.calls)?;
                tables.push(&self.lookups)?;
                tables.push(&self.roster)?;
                tables.push(&self.coverage)?;
                tables.push(&self.context)?;
                tables.push(&self.networks)?;
                tables.push(&self.passive_dns)?;
                tables.push(&self.registrations)?;
                tables.push_observables(observables)?;
                tables.push(&self.anomalies)
            },
        );
        indexed.and(stored)
    }

    /// Features and observables; bodies that must not be stored go with that.
    fn compute(&mut self) -> (Vec<MailFeatures>, Vec<Observable>) {
        let of_mails: Vec<_> = self
            .mails
            .par_iter_mut()
            .map(|mail| {
                let message = &mail.message;
                let computed = mail
                    .first
                    .then(|| (demarche_features::mail(message), observable::of_message(message)));
                if mail.without_body {
                    mail.message.strip_body();
                }
                computed
            })
            .collect();
        let mut features = Vec::with_capacity(of_mails.len());
        let mut observables = Vec::new();
        for (feature, seen) in of_mails.into_iter().flatten() {
            features.push(feature);
            observables.extend(seen);
        }
        observables.par_extend(self.events.par_iter().flat_map_iter(observable::of_event));
        observables.par_extend(self.fetches.par_iter().flat_map_iter(observable::of_fetch));
        (features, observables)
    }
}
