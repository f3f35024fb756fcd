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

/// Context tags of the fields of an alternative.
struct Fields {
    calling: u32,
    called: u32,
    seizure: u32,
    duration: u32,
    reference: u32,
}

/// The alternatives that are calls, from the first: originated, terminated, roaming,
/// incoming and outgoing gateway, transit. `answerTime` and `releaseTime` follow
/// `seizureTime`, `callDuration` follows them. Of an originated call the caller is the
/// served subscriber, of a terminated or roaming one the callee.
const CALLS: [Fields; 6] = [
    Fields { calling: 3, called: 5, seizure: 22, duration: 25, reference: 32 },
    Fields { calling: 4, called: 3, seizure: 19, duration: 22, reference: 29 },
    Fields { calling: 3, called: 2, seizure: 12, duration: 15, reference: 19 },
    Fields { calling: 1, called: 2, seizure: 6, duration: 9, reference: 13 },
    Fields { calling: 1, called: 2, seizure: 6, duration: 9, reference: 13 },
    Fields { calling: 4, called: 5, seizure: 7, duration: 10, reference: 14 },
];

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
    value == Some(i64::from(number))
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
        let at = usize::try_from(tag.number).unwrap_or(usize::MAX);
        CALLS.get(at).map_or(Made::Other, |fields| call(content, fields, at == 0))
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
