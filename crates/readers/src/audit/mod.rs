//! What the readers of audit logs share: from JSON or CSV to one [`Event`] a record.
//!
//! Every provider's reader is a function from a record (a JSON object) to events; the
//! rest is the same for all of them and stands here: cutting a member into records
//! ([`json`], [`csv`]), one text for one content ([`canonical`]), name/value lists as
//! objects ([`fold`]), the record kept as the event's `detail`, ids.

mod batch;
pub(crate) mod canonical;
pub(crate) mod csv;
mod detail;
pub(crate) mod fold;
pub(crate) mod json;
pub(crate) mod tree;
pub(crate) mod value;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Event, EvidenceRef, Record};
use tree::Map;

use crate::lines::whole;
use crate::registry::Sink;
pub(crate) use detail::detail;

/// An event without evidence, and what is doubtful in it.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) event: Event,
    pub(crate) doubts: Vec<String>,
}

/// `e1:` + hash of provider, its id of the record, and those members of the record that
/// are `of_content`: two contents under one id are two events, and the table of
/// anomalies says so; the same record in two exports is one.
pub(crate) fn uid(
    provider: &str,
    record_id: &str,
    record: &Map,
    of_content: impl Fn(&str) -> bool,
) -> String {
    let mut content = Vec::with_capacity(1024);
    canonical::object(record, of_content, &mut content);
    format!("e1:{}", short_hash(&[provider.as_bytes(), record_id.as_bytes(), &content]))
}

/// An anomaly's words where a time could not be read.
pub(crate) fn no_time(stated: &str) -> String {
    format!("no readable time: `{}`", stated.chars().take(40).collect::<String>())
}

/// What a record becomes: events, mostly one; or why it is none, for the anomaly.
pub(crate) type Events = Result<Vec<Made>, &'static str>;

/// Hands on the events of the record at `evidence`, or says why there are none.
fn hand_on(events: Events, evidence: EvidenceRef, sink: &mut Sink<'_>) {
    match events {
        Ok(events) => {
            let (mut left, mut evidence) = (events.len(), evidence);
            for Made { mut event, doubts } in events {
                for doubt in doubts {
                    sink.anomaly(evidence.clone(), doubt);
                }
                left -= 1;
                let own = if left == 0 { std::mem::take(&mut evidence) } else { evidence.clone() };
                event.evidence = own;
                sink.record(Record::Event(Box::new(event)));
            }
        }
        Err(reason) => sink.anomaly(evidence, reason),
    }
}

/// Says that an export may be cut where it has exactly as many records as its interface
/// gives at most.
pub(crate) fn say_full(records: u64, most: &[u64], member: &Member<'_>, sink: &mut Sink<'_>) {
    if most.contains(&records) {
        let reason =
            format!("export may be cut: it has exactly {records} records, as many as one can");
        sink.anomaly(whole(member), reason);
    }
}
