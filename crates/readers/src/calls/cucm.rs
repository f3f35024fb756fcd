//! Cisco Unified Communications Manager call detail records (Cisco, "Call Detail Records
//! Administration Guide", field descriptions): CSV with a header line and below it a line
//! of column types. Times are seconds since the epoch, UTC.

use demarche_core::source::Member;
use demarche_core::{Call, UtcMicros};

use super::rows::{Read, number};
use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{ReadError, Sink};
use crate::timestamp::{Stamp, Times};

pub(super) fn sniff(prefix: &[u8]) -> bool {
    Header::sniff(&sniff_text(prefix)).is_some_and(|header| {
        ["cdrrecordtype", "globalcallid_callid", "callingpartynumber", "datetimeorigination"]
            .iter()
            .all(|name| header.has(name))
    })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let header = match rows.next(member)? {
        Some(first) if first.piece.fault.is_none() => Header::of(&first),
        _ => return Err(ReadError::Malformed("no header line".into())),
    };
    let mut times = Times::default();
    let mut place = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, place);
        place += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        let first = row.text(0);
        if first.starts_with("INTEGER") || first.eq_ignore_ascii_case("cdrRecordType") {
            continue;
        }
        match call(&row, &header) {
            Ok(read) => read.hand_on(evidence, row.piece.bytes, "cucm", &mut times, sink),
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    times.say(sink);
    Ok(())
}

fn call(row: &Row<'_>, header: &Header) -> Result<Read, &'static str> {
    let get = |name: &str| header.get(row, name);
    if row.len() < header.len() {
        return Err("fewer fields than the header names");
    }
    let caller = get("callingpartynumber");
    // What was dialled; the final party differs where the call was forwarded.
    let callee = Some(get("originalcalledpartynumber")).filter(|text| !text.is_empty());
    let callee = callee.unwrap_or_else(|| get("finalcalledpartynumber"));
    if caller.is_empty() && callee.is_empty() {
        return Err("a record without numbers");
    }
    let mut doubts = Vec::new();
    let mut seconds =
        |name: &str| number(&get(name), "a time or duration is not a number", &mut doubts);
    let (began, answered) = (seconds("datetimeorigination"), seconds("datetimeconnect"));
    let (ended, billed_seconds) = (seconds("datetimedisconnect"), seconds("duration"));
    let (from, to) = (seconds("origcause_value"), seconds("destcause_value"));
    let started = match UtcMicros::from_seconds(began) {
        Some(time) if began > 0 => Stamp::Utc(time),
        _ => Stamp::Absent,
    };
    let total =
        if began > 0 && ended >= began { ended.saturating_sub(began) } else { billed_seconds };
    // Causes of ITU-T Q.850.
    let disposition = match (from, to) {
        _ if answered > 0 => "ANSWERED",
        (17, _) | (_, 17) => "BUSY",
        (0 | 16 | 18 | 19 | 31, 0 | 16 | 18 | 19 | 31) => "NO ANSWER",
        _ => "FAILED",
    };
    let call = Call {
        caller: caller.into_owned(),
        callee: callee.into_owned(),
        duration_seconds: total,
        billed_seconds,
        disposition: disposition.to_owned(),
        unique_id: format!("{}-{}", get("globalcallid_callmanagerid"), get("globalcallid_callid")),
        ..Call::default()
    };
    Ok(Read { call, started, doubts })
}
