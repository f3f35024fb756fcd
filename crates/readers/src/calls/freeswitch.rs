//! FreeSWITCH call detail records (developer.signalwire.com/freeswitch, `mod_cdr_csv`,
//! `mod_json_cdr`, `mod_xml_cdr`, `mod_odbc_cdr`).
//!
//! * CSV in the order of the shipped templates `example`, `snom` and `linksys` (which begin
//!   alike) or `asterisk`, without a header; or with a header by the names of the channel
//!   variables, as database exports have it.
//!   `start_stamp` is local time without a zone.
//! * JSON and XML: a document a call; values are URL-encoded unless the exchange is told
//!   otherwise; `start_epoch` is UTC. The numbers are those of the newest `callflow`.

use demarche_core::source::Member;
use demarche_core::{Call, UtcMicros};
use serde_json::Value;

use super::rows::{Read, number, stamp};
use crate::json;
use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{ReadError, Sink};
use crate::timestamp::{Stamp, Times};
use crate::web::percent_decoded;

/// The template `example`, as far as it is read.
const COLUMNS: [&str; 11] = [
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
];

/// The template `asterisk`: Asterisk's order, with FreeSWITCH's words for how a call ended.
const ASTERISK: [&str; 17] = [
    "accountcode",
    "caller_id_number",
    "destination_number",
    "context",
    "caller_id",
    "channel_name",
    "bridge_channel",
    "last_app",
    "last_arg",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "amaflags",
    "uuid",
];

pub(super) fn sniff_csv(prefix: &[u8]) -> bool {
    Header::sniff(&sniff_text(prefix))
        .is_some_and(|row| is_header(&row) || template(&row).is_some())
}

fn is_header(row: &Header) -> bool {
    ["caller_id_number", "destination_number", "hangup_cause"].iter().all(|name| row.has(name))
        && (row.has("start_stamp") || row.has("start_epoch"))
}

/// The template in whose order a first row (in lower case) is.
fn template(row: &Header) -> Option<&'static [&'static str]> {
    match row.len() {
        13..=17 if is_data(row, &COLUMNS) => Some(&COLUMNS),
        18 if is_data(row, &ASTERISK) => Some(&ASTERISK),
        _ => None,
    }
}

fn is_data(row: &Header, columns: &[&str]) -> bool {
    let field = |name: &str| {
        columns.iter().position(|column| *column == name).and_then(|at| row.name(at)).unwrap_or("")
    };
    let (cause, uuid) = (field("hangup_cause"), field("uuid"));
    ["start_stamp", "end_stamp"].iter().all(|name| stamp(field(name)) != Stamp::Absent)
        && ["duration", "billsec"].iter().all(|name| field(name).parse::<i64>().is_ok())
        && cause.contains(|c: char| c.is_ascii_alphabetic())
        && cause.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        && uuid.len() == 36
        && uuid.matches('-').count() == 4
}

pub(super) fn read_csv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let head = Header::sniff(&sniff_text(member.prefix()));
    let mut rows = Rows::new(member);
    let mut header = None;
    let columns = head.as_ref().and_then(template).unwrap_or(&COLUMNS);
    if head.is_some_and(|row| is_header(&row))
        && let Some(first) = rows.next(member)?
    {
        header = Some(Header::of(&first));
    }
    let mut times = Times::default();
    let mut place = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, place);
        place += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        match call(&|name| field(&row, header.as_ref(), columns, name)) {
            Ok(read) => read.hand_on(evidence, row.piece.bytes, "freeswitch", &mut times, sink),
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    times.say(sink);
    Ok(())
}

fn field(row: &Row<'_>, header: Option<&Header>, columns: &[&str], name: &str) -> String {
    match header {
        Some(header) => header.get(row, name).into_owned(),
        None => {
            let at = columns.iter().position(|column| *column == name);
            at.map_or_else(String::new, |at| row.text(at).into_owned())
        }
    }
}

/// A call from its channel variables.
pub(super) fn call(get: &dyn Fn(&str) -> String) -> Result<Read, &'static str> {
    let (caller, callee) = (get("caller_id_number"), get("destination_number"));
    let epoch = get("start_epoch").parse::<i64>().ok().filter(|seconds| *seconds > 0);
    let started = match epoch.and_then(UtcMicros::from_seconds) {
        Some(time) => Stamp::Utc(time),
        None => stamp(&get("start_stamp")),
    };
    if caller.is_empty() && callee.is_empty() {
        return Err("a record without numbers");
    }
    let mut doubts = Vec::new();
    let duration_seconds = number(&get("duration"), "duration is not a number", &mut doubts);
    let billed_seconds = number(&get("billsec"), "billsec is not a number", &mut doubts);
    let cause = get("hangup_cause").to_uppercase();
    let disposition = match cause.as_str() {
        _ if billed_seconds > 0 => "ANSWERED",
        "USER_BUSY" => "BUSY",
        "NORMAL_CLEARING" | "NO_ANSWER" | "NO_USER_RESPONSE" | "ORIGINATOR_CANCEL"
        | "ALLOTTED_TIMEOUT" => "NO ANSWER",
        "" => "",
        _ => "FAILED",
    };
    let call = Call {
        caller,
        callee,
        duration_seconds,
        billed_seconds,
        disposition: disposition.to_owned(),
        unique_id: get("uuid"),
        ..Call::default()
    };
    Ok(Read { call, started, doubts })
}

pub(super) fn sniff_json(prefix: &[u8]) -> bool {
    json::sniff(prefix, |element| {
        json::has(element, "variables")
            && ["core-uuid", "callflow", "channel_data"].iter().any(|key| json::has(element, key))
    })
}

pub(super) fn read_json(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut times = Times::default();
    json::elements(member, sink, |piece, evidence, sink| {
        let value = match json::value(piece) {
            Ok(value) => value,
            Err(reason) => return sink.anomaly(evidence, reason),
        };
        match call(&|name| in_document(&value, name)) {
            Ok(read) => read.hand_on(evidence, piece.bytes, "freeswitch", &mut times, sink),
            Err(reason) => sink.anomaly(evidence, reason),
        }
    })?;
    times.say(sink);
    Ok(())
}

/// A channel variable; the numbers from the newest call flow first.
fn in_document(value: &Value, name: &str) -> String {
    let flow = match value.get("callflow") {
        Some(Value::Array(flows)) => flows.first(),
        other => other,
    };
    let profile = flow.and_then(|flow| flow.get("caller_profile"));
    let found = profile
        .and_then(|profile| profile.get(name))
        .filter(|found| found.as_str().is_none_or(|text| !text.is_empty()))
        .or_else(|| value.get("variables").and_then(|variables| variables.get(name)));
    match found {
        Some(Value::String(text)) => percent_decoded(text),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
