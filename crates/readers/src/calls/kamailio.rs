//! Kamailio's `acc` and `missed_calls` tables (kamailio.org/docs/modules, ACC), dumped as
//! CSV with a header line or as JSON: a row a transaction. An accepted `INVITE` begins a
//! call and the `BYE` of the same `callid` ends it; the call cites the `INVITE`'s row.
//!
//! The numbers are in `src_user` and `dst_ouser` or `dst_user`, which the module's guide
//! adds as extra columns; without them a row shows only tags, and there is no call to tell.
//! `time` bears no zone.

use std::collections::BTreeMap;

use demarche_core::source::Member;
use demarche_core::{Call, EvidenceRef};
use serde_json::Value;

use super::rows::{Read, stamp};
use crate::json::{self, has};
use crate::lines::{Header, Rows, sniff_text};
use crate::registry::{ReadError, Sink};
use crate::timestamp::{Stamp, Times};

/// Calls that wait for their `BYE` at most; beyond, the first ones are handed on without.
const WAITING: usize = 50_000;

const COLUMNS: [&str; 3] = ["method", "callid", "sip_code"];

pub(super) fn sniff_csv(prefix: &[u8]) -> bool {
    Header::sniff(&sniff_text(prefix)).is_some_and(|header| {
        COLUMNS.iter().all(|name| header.has(name)) && header.has("time") && header.has("from_tag")
    })
}

pub(super) fn sniff_json(prefix: &[u8]) -> bool {
    json::sniff(prefix, |element| {
        COLUMNS.iter().all(|key| has(element, key)) && has(element, "from_tag")
    })
}

pub(super) fn read_csv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let header = match rows.next(member)? {
        Some(first) if first.piece.fault.is_none() => Header::of(&first),
        _ => return Err(ReadError::Malformed("no header line".into())),
    };
    let mut calls = Calls::default();
    let mut place = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, place);
        place += 1;
        match row.piece.fault {
            Some(fault) => sink.anomaly(evidence, fault),
            None => {
                let get = |name: &str| header.get(&row, name).into_owned();
                calls.take(&get, evidence, row.piece.bytes, sink);
            }
        }
    }
    calls.end(sink);
    Ok(())
}

pub(super) fn read_json(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut calls = Calls::default();
    json::elements(member, sink, |piece, evidence, sink| {
        let value = match json::value(piece) {
            Ok(value) => value,
            Err(reason) => return sink.anomaly(evidence, reason),
        };
        let get = |name: &str| match value.get(name) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        calls.take(&get, evidence, piece.bytes, sink);
    })?;
    calls.end(sink);
    Ok(())
}

/// A call that has begun.
#[derive(Debug)]
struct Begun {
    read: Read,
    evidence: EvidenceRef,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Calls {
    /// By order of their beginning.
    begun: BTreeMap<u64, Begun>,
    by_id: BTreeMap<String, u64>,
    next: u64,
    times: Times,
    other: Option<(EvidenceRef, u64)>,
}

impl Calls {
    fn take(
        &mut self,
        get: &dyn Fn(&str) -> String,
        evidence: EvidenceRef,
        bytes: &[u8],
        sink: &mut Sink<'_>,
    ) {
        let (method, id) = (get("method").to_uppercase(), get("callid"));
        match method.as_str() {
            "" => sink.anomaly(evidence, "a row without method"),
            "BYE" => match self.by_id.remove(&id).and_then(|at| self.begun.remove(&at)) {
                Some(mut begun) => {
                    begun.read.end(stamp(&get("time")));
                    self.hand_on(begun, sink);
                }
                None => sink.anomaly(evidence, "a BYE without its INVITE"),
            },
            "INVITE" => match call(get) {
                Ok(read) => self.begin(Begun { read, evidence, bytes: bytes.to_vec() }, id, sink),
                Err(reason) => sink.anomaly(evidence, reason),
            },
            _ => self.other.get_or_insert((evidence, 0)).1 += 1,
        }
    }

    fn begin(&mut self, begun: Begun, id: String, sink: &mut Sink<'_>) {
        if begun.read.call.disposition != "ANSWERED" {
            return self.hand_on(begun, sink);
        }
        // A second INVITE in a call changes its media; the first one began it.
        if self.by_id.contains_key(&id) {
            self.other.get_or_insert((begun.evidence, 0)).1 += 1;
            return;
        }
        if self.begun.len() == WAITING
            && let Some((_, first)) = self.begun.pop_first()
        {
            self.by_id.remove(&first.read.call.unique_id);
            self.hand_on(first, sink);
        }
        self.by_id.insert(id, self.next);
        self.begun.insert(self.next, begun);
        self.next += 1;
    }

    fn hand_on(&mut self, begun: Begun, sink: &mut Sink<'_>) {
        let Begun { read, evidence, bytes } = begun;
        read.hand_on(evidence, &bytes, "kamailio", &mut self.times, sink);
    }

    fn end(mut self, sink: &mut Sink<'_>) {
        let left = std::mem::take(&mut self.begun);
        for (_, mut begun) in left {
            begun.read.doubts.push("no BYE: when the call ended is not known");
            self.hand_on(begun, sink);
        }
        if let Some((first, count)) = self.other {
            let reason = format!("{count} rows from here on begin or end no call, not stored");
            sink.anomaly(first, reason);
        }
        self.times.say(sink);
    }
}

impl Read {
    fn end(&mut self, ended: Stamp) {
        let time = |stamp| match stamp {
            Stamp::Utc(time) | Stamp::Local(time) => Some(time),
            Stamp::NoYear | Stamp::Absent => None,
        };
        match time(self.started).zip(time(ended)) {
            Some((from, to)) if to >= from => {
                // The row of an INVITE is written when it is answered.
                self.call.duration_seconds = to.seconds() - from.seconds();
                self.call.billed_seconds = self.call.duration_seconds;
            }
            _ => self.doubts.push("the BYE does not follow the INVITE in time"),
        }
    }
}

fn call(get: &dyn Fn(&str) -> String) -> Result<Read, &'static str> {
    let caller = get("src_user");
    let callee = Some(get("dst_ouser")).filter(|text| !text.is_empty());
    let callee = callee.unwrap_or_else(|| get("dst_user"));
    if caller.is_empty() && callee.is_empty() {
        return Err("no src_user and dst_user: the numbers are not in this export");
    }
    // RFC 3261, section 21.
    let disposition = match get("sip_code").parse::<u16>() {
        Ok(200..=299) => "ANSWERED",
        Ok(486 | 600) => "BUSY",
        Ok(408 | 480 | 487 | 603) => "NO ANSWER",
        Ok(_) => "FAILED",
        Err(_) => "",
    };
    let call = Call {
        caller,
        callee,
        disposition: disposition.to_owned(),
        unique_id: get("callid"),
        ..Call::default()
    };
    Ok(Read { call, started: stamp(&get("time")), doubts: Vec::new() })
}
