//! 3GPP TS 32.298, circuit-switched domain: `CSRecord`, a choice by context tag whose
//! first member repeats it as `recordType`. Files of records one after the other, also
//! filled up in blocks; the file format of TS 32.297, with headers between records, is not
//! read.

use demarche_core::Call;

use super::tlv::{Class, Tag, element, find, header, integer};
use super::{Made, Schema, bcd, context};
use crate::timestamp::Stamp;

/// Alternatives of `CSRecord` go from 0 to this.
const LAST: u32 = 22;

/// Alternatives whose `recordType` is not their tag: terminating CAMEL, location services,
/// voice call continuity, roaming forwarding, registration (TS 32.298, `RecordType`).
const OTHER_TYPES: [(u32, i64); 7] =
    [(16, 17), (17, 23), (18, 24), (19, 25), (20, 87), (21, 88), (22, 89)];

/// Context tags of the fields of an alternative.
struct Fields {
    alternative: u32,
    calling: u32,
    called: u32,
    seizure: u32,
    duration: u32,
    reference: u32,
}

/// The alternatives that are calls: originated, terminated, roaming, incoming and outgoing
/// gateway, transit, terminating CAMEL, voice call continuity, roaming forwarding.
/// `answerTime` and `releaseTime` follow `seizureTime`, `callDuration` follows them. Of an
/// originated call the caller is the served subscriber, of a terminated, roaming or
/// forwarded one the callee.
const CALLS: [Fields; 9] = [
    fields(0, 3, 5, [22, 25, 32]),
    fields(1, 4, 3, [19, 22, 29]),
    fields(2, 3, 2, [12, 15, 19]),
    fields(3, 1, 2, [6, 9, 13]),
    fields(4, 1, 2, [6, 9, 13]),
    fields(5, 4, 5, [7, 10, 14]),
    fields(16, 13, 12, [16, 19, 23]),
    fields(20, 3, 5, [22, 25, 32]),
    fields(21, 4, 3, [10, 13, 16]),
];

const fn fields(alternative: u32, calling: u32, called: u32, rest: [u32; 3]) -> Fields {
    let [seizure, duration, reference] = rest;
    Fields { alternative, calling, called, seizure, duration, reference }
}

/// Whether a record begins here, and another where it ends if that can be seen.
pub(super) fn sniff(prefix: &[u8]) -> bool {
    let Ok(first) = header(prefix) else { return false };
    let inside = prefix.get(first.size..).unwrap_or_default();
    if !is_record(first.tag) || !first.constructed || !has_type(inside, first.tag.number) {
        return false;
    }
    match element(prefix) {
        Ok((_, size, _)) => {
            let rest = &prefix[size..];
            let padding = rest.iter().take_while(|byte| matches!(byte, 0 | 0xff)).count();
            let rest = &rest[padding..];
            rest.is_empty() || header(rest).is_ok_and(|next| is_record(next.tag))
        }
        Err(_) => true,
    }
}

fn is_record(tag: Tag) -> bool {
    tag.class == Class::Context && tag.number <= LAST
}

/// `recordType`, by the rules of a SET in any place, by use in the first.
fn has_type(content: &[u8], number: u32) -> bool {
    let record_type = element(content).ok().filter(|(header, ..)| header.tag == context(0));
    let value = record_type.and_then(|(_, _, range)| integer(&content[range]));
    let other = OTHER_TYPES.iter().find(|(alternative, _)| *alternative == number);
    value == Some(other.map_or(i64::from(number), |(_, record_type)| *record_type))
}

/// The records of a file.
pub(super) struct Records;

impl Schema for Records {
    fn is_container(&self, _: Tag, _: usize) -> bool {
        false
    }

    fn element(&mut self, tag: Tag, _: usize, content: &[u8]) -> Made {
        if !is_record(tag) {
            return Made::Broken("an element that is no record of this domain");
        }
        let fields = CALLS.iter().find(|fields| fields.alternative == tag.number);
        fields.map_or(Made::Other, |fields| call(content, fields, tag.number == 0))
    }
}

fn call(content: &[u8], fields: &Fields, originated: bool) -> Made {
    let field = |number: u32| find(content, &[context(number)]);
    let number = |at: u32| field(at).map(bcd::number).unwrap_or_default();
    let (mut caller, callee) = (number(fields.calling), number(fields.called));
    if caller.is_empty() && originated {
        caller = number(4);
    }
    if caller.is_empty() && callee.is_empty() {
        return Made::Broken("a call without numbers");
    }
    let stamp = |at: u32| field(at).map_or(Stamp::Absent, bcd::timestamp);
    let (seizure, answer) = (stamp(fields.seizure), stamp(fields.seizure + 1));
    let release = stamp(fields.seizure + 2);
    let billed_seconds = field(fields.duration).and_then(integer).unwrap_or(0);
    let began = if seizure == Stamp::Absent { answer } else { seizure };
    let duration_seconds = match (began, release) {
        (Stamp::Utc(from), Stamp::Utc(to)) if to >= from => to.seconds() - from.seconds(),
        _ => billed_seconds,
    };
    let disposition = match (answer, seizure) {
        (Stamp::Utc(_), _) => "ANSWERED",
        _ if billed_seconds > 0 => "ANSWERED",
        (_, Stamp::Utc(_)) => "NO ANSWER",
        _ => "",
    };
    let call = Call {
        caller,
        callee,
        duration_seconds,
        billed_seconds,
        disposition: disposition.to_owned(),
        unique_id: field(fields.reference).map(demarche_core::id::hex).unwrap_or_default(),
        ..Call::default()
    };
    Made::Call(Box::new(call), began)
}
