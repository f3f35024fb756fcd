//! Choosing a reader by content, and what readers write to.

use std::io;

use demarche_core::source::Member;
use demarche_core::{Anomaly, EvidenceRef, Record};

/// A format: how to tell it and how to read it.
pub struct Format {
    /// Short name, also the `reader` of its anomalies.
    pub name: &'static str,
    /// Whether a member that begins so is of this format. The bytes are the first
    /// [`SNIFF_LEN`](demarche_core::source::SNIFF_LEN) of the member, or all of it.
    pub sniff: fn(&[u8]) -> bool,
    /// Reads a member to its end.
    pub read: fn(&mut Member<'_>, &mut Sink<'_>) -> Result<(), ReadError>,
}

/// Why a member was left before its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream ended or broke: a truncated or damaged container, a bound passed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The format is not what its beginning announced.
    #[error("{0}")]
    Malformed(String),
}

/// Where a reader puts what it finds.
pub struct Sink<'s> {
    reader: &'static str,
    emit: &'s mut dyn FnMut(Record),
    records: u64,
}

impl<'s> Sink<'s> {
    /// For the reader named `reader`.
    pub fn new(reader: &'static str, emit: &'s mut dyn FnMut(Record)) -> Self {
        Self { reader, emit, records: 0 }
    }

    /// Hands on a record.
    pub fn record(&mut self, record: Record) {
        self.records += 1;
        (self.emit)(record);
    }

    /// Counts a record that is stored already and was passed by.
    pub fn passed_by(&mut self) {
        self.records += 1;
    }

    /// Says that something could not be read, or looks wrong.
    pub fn anomaly(&mut self, evidence: EvidenceRef, reason: impl Into<String>) {
        let reader = self.reader.to_owned();
        (self.emit)(Record::Anomaly(Box::new(Anomaly { evidence, reader, reason: reason.into() })));
    }

    /// Records handed on so far, anomalies not counted.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }
}

/// Every format, the most particular first: the first whose `sniff` says yes reads.
pub static FORMATS: &[Format] = &[
    crate::tables::ROSTER,
    crate::tables::COVERAGE,
    crate::tables::CONTEXT,
    crate::tables::RECORD_LOOKUPS,
    crate::m365::CSV,
    crate::m365::JSON,
    crate::cloudtrail::JSON,
    crate::google_workspace::ACTIVITIES,
    crate::google_workspace::GMAIL,
    crate::okta::JSON,
    crate::dropbox::JSON,
    crate::box_events::JSON,
    crate::entra::JSON,
    crate::entra::CSV,
    crate::exchange_trace::CSV,
    crate::exchange_trace::JSON,
    crate::inbox_rules::CSV,
    crate::inbox_rules::JSON,
    crate::web::ZEEK_TSV,
    crate::web::ZEEK_JSON,
    crate::web::ZEEK_DNS_TSV,
    crate::web::ZEEK_DNS_JSON,
    crate::web::ZEEK_SSL_TSV,
    crate::web::ZEEK_SSL_JSON,
    crate::dns::DNSMASQ,
    crate::dns::UNBOUND,
    crate::dns::BIND,
    #[cfg(test)]
    crate::toy::DNS,
    crate::iis::W3C,
    crate::exchange_server::LOG,
    crate::evtx::EVTX,
    crate::web::SQUID,
    crate::web::COMBINED,
    crate::ber::TAP3,
    crate::ber::CS,
    crate::calls::ASTERISK_CDR,
    crate::calls::FREESWITCH_CSV,
    crate::calls::FREESWITCH_JSON,
    crate::calls::FREESWITCH_XML,
    crate::calls::CUCM,
    crate::calls::KAMAILIO_CSV,
    crate::calls::KAMAILIO_JSON,
    crate::pgaudit::CSV,
    crate::pgaudit::JSON,
    crate::tables::NETWORKS,
    crate::enrichment::PASSIVE_DNS,
    crate::enrichment::RDAP,
    crate::enrichment::WHOIS,
    crate::mail::MBOX,
    crate::mail::EMLX,
    crate::mail::EML,
    crate::outlook::MSG,
    crate::outlook::PST,
    crate::git::FRAMING,
];

/// The format of a member that begins with `prefix`.
#[must_use]
pub fn sniff(prefix: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.sniff)(prefix))
}

/// Reads a member with the reader its content asks for. A member of no known format,
/// an empty one and one that breaks off are anomalies. Returns the format's name and
/// the number of records handed on.
pub fn read_member(
    member: &mut Member<'_>,
    emit: &mut dyn FnMut(Record),
) -> (Option<&'static str>, u64) {
    let whole = |member: &Member<'_>| EvidenceRef {
        source: member.source().clone(),
        path: member.path().to_owned(),
        ..EvidenceRef::default()
    };
    let Some(format) = sniff(member.prefix()) else {
        let reason =
            if member.prefix().is_empty() { "empty file" } else { "no known format of evidence" };
        Sink::new("sniff", emit).anomaly(whole(member), reason);
        return (None, 0);
    };
    let mut sink = Sink::new(format.name, emit);
    if let Err(error) = (format.read)(member, &mut sink) {
        let after = sink.records();
        sink.anomaly(whole(member), format!("reading ended early, after {after} records: {error}"));
    }
    let records = sink.records();
    (Some(format.name), records)
}
