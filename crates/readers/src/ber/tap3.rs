//! TAP3 (GSMA TD.57): a `TransferBatch` with `callEventDetails`. Tags are those of
//! releases 3.01 to 3.12, in which these fields did not move.

use std::collections::BTreeMap;

use demarche_core::Call;

use super::tlv::{Tag, element, find, header, integer, search};
use super::{Made, Schema, application, bcd};
use crate::timestamp::Stamp;

const BATCH: Tag = application(1);
const NOTIFICATION: Tag = application(2);
const DETAILS: Tag = application(3);
const BATCH_CONTROL: Tag = application(4);
const ACCOUNTING: Tag = application(5);
const NETWORK: Tag = application(6);
const ORIGINATED: Tag = application(9);
const TERMINATED: Tag = application(10);
const ORIGINATOR: Tag = application(41);
const START: Tag = application(44);
const REFERENCE: Tag = application(45);
const DESTINATION: Tag = application(89);
const MSISDN: Tag = application(152);
const LOCAL_TIME: Tag = application(16);
const DURATION: Tag = application(223);
const OFFSET: Tag = application(231);
const OFFSET_CODE: Tag = application(232);
const OFFSET_INFO: Tag = application(233);
const OFFSET_LIST: Tag = application(234);
const DIALLED: Tag = application(279);
const CALLING: Tag = application(405);
const CALLED: Tag = application(407);
const SUBSCRIBER: Tag = application(427);
/// Of `BasicServiceUsed`: a short message is billed as a call with this service.
const TELE_SERVICE: Tag = application(218);
const SMS_DESTINATION: Tag = application(419);
const SMS_ORIGINATOR: Tag = application(425);
/// Calls over the packet network, since release 3.12.
const SESSION: Tag = application(434);
const CHARGED: Tag = application(436);
const NOT_CHARGED: Tag = application(443);
const NOT_CHARGED_NUMBER: Tag = application(444);
const NOT_CHARGED_ID: Tag = application(445);
const PUBLIC_ID: Tag = application(446);
const SESSION_START: Tag = application(447);
const REQUESTED: Tag = application(450);
const REQUESTED_NUMBER: Tag = application(451);
const REQUESTED_ID: Tag = application(452);
/// `EventReference` of sessions.
const EVENT_REFERENCE: Tag = application(435);

/// Offsets of a batch's networks at most.
const OFFSETS: usize = 256;

/// Whether a transfer batch begins here: its first element is its control information, or
/// what follows that where it is left out, and the first one inside has an application tag
/// of several bytes, as all there have. Text begins with none of it.
pub(super) fn sniff(prefix: &[u8]) -> bool {
    let Ok(outer) = header(prefix) else { return false };
    let Some(Ok(inner)) = prefix.get(outer.size..).map(header) else { return false };
    let first = prefix.get(outer.size + inner.size..).unwrap_or_default();
    let shorter = |length: u64| outer.length.is_none_or(|outer| length <= outer);
    outer.tag == BATCH
        && outer.constructed
        && inner.constructed
        && [BATCH_CONTROL, ACCOUNTING, NETWORK].contains(&inner.tag)
        && inner.length.is_none_or(shorter)
        && matches!(first, [0x5f | 0x7f, 0x80..=0xff, ..])
}

/// A batch, as far as its calls need it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    offsets: BTreeMap<i64, Vec<u8>>,
}

impl Schema for Batch {
    fn is_container(&self, tag: Tag, depth: usize) -> bool {
        tag == BATCH && depth == 0 || tag == DETAILS && depth == 1
    }

    fn element(&mut self, tag: Tag, depth: usize, content: &[u8]) -> Made {
        match (tag, depth) {
            (NETWORK, 1) => {
                self.networks(content);
                Made::Framing
            }
            (NOTIFICATION, 0) | (_, 1) => Made::Framing,
            (ORIGINATED, 2) => self.call(content, true),
            (TERMINATED, 2) => self.call(content, false),
            (SESSION, 2) => self.session(content),
            (_, 2) => Made::Other,
            _ => Made::Broken("an element where a batch should be"),
        }
    }
}

impl Batch {
    fn networks(&mut self, content: &[u8]) {
        let mut rest = find(content, &[OFFSET_LIST]).unwrap_or_default();
        while let Ok((header, size, range)) = element(rest) {
            let info = &rest[range];
            let code = find(info, &[OFFSET_CODE]).and_then(integer);
            if header.tag == OFFSET_INFO
                && self.offsets.len() < OFFSETS
                && let (Some(code), Some(offset)) = (code, find(info, &[OFFSET]))
            {
                self.offsets.insert(code, offset.to_vec());
            }
            rest = &rest[size..];
        }
    }

    fn call(&self, content: &[u8], originated: bool) -> Made {
        let basic = if originated { application(147) } else { application(153) };
        let Some(basic) = find(content, &[basic]) else {
            return Made::Broken("a call without its basic information");
        };
        if is_message(content) {
            return Made::Other;
        }
        let own = find(basic, &[SUBSCRIBER]).and_then(|subscriber| search(subscriber, MSISDN));
        let own = own.map(bcd::digits).unwrap_or_default();
        let digits = |path: &[Tag]| find(basic, path).map(bcd::digits).unwrap_or_default();
        let (caller, callee) = if originated {
            let called = digits(&[DESTINATION, CALLED]);
            let dialled = || {
                let text = find(basic, &[DESTINATION, DIALLED]).unwrap_or_default();
                String::from_utf8_lossy(text).into_owned()
            };
            (own, if called.is_empty() { dialled() } else { called })
        } else {
            (digits(&[ORIGINATOR, CALLING]), own)
        };
        if caller.is_empty() && callee.is_empty() {
            return Made::Broken("a call without numbers");
        }
        let seconds = find(basic, &[DURATION]).and_then(integer).unwrap_or(0);
        let stamp = self.stamp(find(basic, &[START]));
        let reference = search(content, REFERENCE).map(demarche_core::id::hex);
        let call = Call {
            caller,
            callee,
            duration_seconds: seconds,
            billed_seconds: seconds,
            // Only what was answered is billed.
            disposition: if seconds > 0 { "ANSWERED".to_owned() } else { String::new() },
            unique_id: reference.unwrap_or_default(),
            ..Call::default()
        };
        Made::Call(Box::new(call), stamp)
    }

    /// A call over the packet network. Who called whom: what one asked for is there where
    /// the charged party called.
    fn session(&self, content: &[u8]) -> Made {
        let one = |path: &[Tag], number: Tag, id: Tag| {
            let party = find(content, path).unwrap_or_default();
            let digits = find(party, &[number]).map(bcd::digits).unwrap_or_default();
            let text = || find(party, &[id]).map(String::from_utf8_lossy).unwrap_or_default();
            if digits.is_empty() { text().into_owned() } else { digits }
        };
        let own = one(&[CHARGED], MSISDN, PUBLIC_ID);
        let other = one(&[NOT_CHARGED], NOT_CHARGED_NUMBER, NOT_CHARGED_ID);
        let requested = one(&[REQUESTED], REQUESTED_NUMBER, REQUESTED_ID);
        let (caller, callee) = match (requested.is_empty(), other.is_empty()) {
            (true, _) => (other, own),
            (false, true) => (own, requested),
            (false, false) => (own, other),
        };
        if caller.is_empty() && callee.is_empty() {
            return Made::Broken("a session without numbers");
        }
        let seconds = find(content, &[DURATION]).and_then(integer).unwrap_or(0);
        let reference = find(content, &[EVENT_REFERENCE]).map(demarche_core::id::hex);
        let call = Call {
            caller,
            callee,
            duration_seconds: seconds,
            billed_seconds: seconds,
            disposition: if seconds > 0 { "ANSWERED".to_owned() } else { String::new() },
            unique_id: reference.unwrap_or_default(),
            ..Call::default()
        };
        Made::Call(Box::new(call), self.stamp(find(content, &[SESSION_START])))
    }

    /// A time with the offset that the batch's table gives its code.
    fn stamp(&self, start: Option<&[u8]>) -> Stamp {
        start.map_or(Stamp::Absent, |start| {
            let code = find(start, &[OFFSET_CODE]).and_then(integer);
            let offset = code.and_then(|code| self.offsets.get(&code)).map(Vec::as_slice);
            bcd::local(find(start, &[LOCAL_TIME]).unwrap_or_default(), offset)
        })
    }
}

/// Whether a call event is a short message (teleservices 21 and 22).
fn is_message(content: &[u8]) -> bool {
    search(content, TELE_SERVICE).is_some_and(|code| matches!(code, b"21" | b"22"))
        || search(content, SMS_DESTINATION).or(search(content, SMS_ORIGINATOR)).is_some()
}
