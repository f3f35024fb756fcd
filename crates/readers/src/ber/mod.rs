//! Call records in BER (ITU-T X.690): GSMA's TAP3 (TD.57), in which operators bill each
//! other's roamers, and 3GPP TS 32.298 records of the circuit-switched domain.
//!
//! The walk knows tags and lengths and the few fields that the `calls` table needs, not the
//! schema: releases and operators' extensions differ in the rest. Nothing is held but one
//! call record, at most [`RECORD`] bytes; what is longer is an anomaly and passed over.
//! A record is cited as it lies in the file, tag and length included.

mod bcd;
mod cs;
mod stream;
mod tap3;
mod tlv;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Call, EvidenceRef, Record};

use crate::registry::{Format, ReadError, Sink};
use crate::timestamp::{Stamp, Times};
use stream::{Stream, Taken};
use tlv::{Class, Tag};

/// TAP3 transfer batches.
pub const TAP3: Format = Format {
    name: "tap3",
    sniff: tap3::sniff,
    read: |member, sink| read(member, sink, &mut tap3::Batch::default()),
};

/// Circuit-switched call records of TS 32.298, one after the other.
pub const CS: Format = Format {
    name: "ts-32298-cs",
    sniff: cs::sniff,
    read: |member, sink| read(member, sink, &mut cs::Records),
};

/// Bytes of a call record at most.
const RECORD: usize = 1 << 20;

/// What an element is.
enum Made {
    /// A call, with its time as logged.
    Call(Box<Call>, Stamp),
    /// A record that is no call: a message, a location update.
    Other,
    /// What stands around the records.
    Framing,
    /// Not readable.
    Broken(&'static str),
}

/// What a format makes of the elements that the walk meets.
trait Schema {
    /// Whether an element `depth` containers deep holds records and is walked into.
    fn is_container(&self, tag: Tag, depth: usize) -> bool;
    /// What an element is that is no container; `content` without its tag and length.
    fn element(&mut self, tag: Tag, depth: usize, content: &[u8]) -> Made;
}

fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    schema: &mut dyn Schema,
) -> Result<(), ReadError> {
    let mut stream = Stream::new(schema);
    let mut times = Times::default();
    let mut other: Option<(EvidenceRef, u64)> = None;
    let mut number = 0;
    loop {
        let (made, offset, bytes) = match stream.next(member)? {
            Taken::End => break,
            Taken::Element { tag, depth, offset, bytes, content } => {
                (stream.schema.element(tag, depth, &bytes[content]), offset, bytes)
            }
            Taken::Fault { offset, bytes, reason } => {
                sink.anomaly(member.cite(offset, &bytes), reason);
                continue;
            }
        };
        if matches!(made, Made::Framing) {
            continue;
        }
        let evidence = member.cite_row(offset, &bytes, number);
        number += 1;
        match made {
            Made::Framing => {}
            Made::Other => other.get_or_insert((evidence, 0)).1 += 1,
            Made::Broken(reason) => sink.anomaly(evidence, reason),
            Made::Call(call, stamp) => {
                let time = times.take(stamp, &evidence);
                let call_uid = format!("c1:{}", short_hash(&[b"ber", &bytes]));
                sink.record(Record::Call(Box::new(Call { call_uid, time, evidence, ..*call })));
            }
        }
    }
    if let Some((first, count)) = other {
        sink.anomaly(first, format!("{count} records from here on are no calls, not stored"));
    }
    times.say(sink);
    Ok(())
}

const fn application(number: u32) -> Tag {
    Tag { class: Class::Application, number }
}

const fn context(number: u32) -> Tag {
    Tag { class: Class::Context, number }
}

#[cfg(test)]
mod tests;
