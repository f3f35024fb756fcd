//! Asterisk call detail records (docs.asterisk.org, CDR Fields): 16 columns, then
//! `uniqueid` and `userfield` where the exchange writes them.
//!
//! Without a header the order is that of `cdr_csv`; with one, the names of the fields
//! or of the usual database columns (`calldate`) say which is which. Times carry no
//! zone: they are taken as UTC, which is what `usegmtime=yes` writes; an exchange that
//! logs local time is off by its zone.

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Call, Record, UtcMicros};

use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{ReadError, Sink};

/// The columns of `cdr_csv`, in its order.
const COLUMNS: [&str; 18] = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
];
const SRC: usize = 1;
const DST: usize = 2;
const START: usize = 9;
const DURATION: usize = 12;
const BILLSEC: usize = 13;
const DISPOSITION: usize = 14;
const AMAFLAGS: usize = 15;
const UNIQUEID: usize = 16;

pub(super) fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    is_header(&text) || Header::sniff(&text).is_some_and(|row| is_data(&row))
}

fn is_header(text: &[u8]) -> bool {
    Header::sniff(text).is_some_and(|header| {
        ["src", "dst", "disposition", "billsec"].iter().all(|name| header.has(name))
            && (header.has("start") || header.has("calldate"))
    })
}

/// Whether a first row (in lower case) is a record in the order of [`COLUMNS`].
fn is_data(row: &Header) -> bool {
    let number = |at| row.name(at).is_some_and(|text| text.parse::<i64>().is_ok());
    (16..=18).contains(&row.len())
        && row.name(START).is_some_and(|text| time(text).is_some())
        && number(DURATION)
        && number(BILLSEC)
        && row.name(DISPOSITION).is_some_and(|text| {
            matches!(text, "answered" | "no answer" | "busy" | "failed" | "congestion" | "unknown")
        })
        && row.name(AMAFLAGS).is_some_and(|text| {
            matches!(text, "documentation" | "billing" | "omit" | "ignore" | "default")
                || text.parse::<u8>().is_ok()
        })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let text = sniff_text(member.prefix()).into_owned();
    let mut places: [Option<usize>; 18] = std::array::from_fn(Some);
    let mut rows = Rows::new(member);
    if is_header(&text)
        && let Some(first) = rows.next(member)?
    {
        let header = Header::of(&first);
        places = COLUMNS.map(|name| header.column(name));
        places[START] = places[START].or_else(|| header.column("calldate"));
    }
    let mut number = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, number);
        number += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        match call(&row, &places) {
            Ok((call, doubts)) => {
                for doubt in doubts {
                    sink.anomaly(evidence.clone(), doubt);
                }
                sink.record(Record::Call(Box::new(Call { evidence, ..call })));
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    Ok(())
}

/// The call of a row, and what of it could not be read.
fn call(
    row: &Row<'_>,
    places: &[Option<usize>; 18],
) -> Result<(Call, Vec<&'static str>), &'static str> {
    let fields = places.map(|place| place.map_or_else(Default::default, |at| row.text(at)));
    if fields[SRC].is_empty() && fields[DST].is_empty() && fields[START].is_empty() {
        return Err("a row without numbers and time");
    }
    let mut doubts = Vec::new();
    let started = time(&fields[START]);
    if started.is_none() {
        doubts.push("start is not a time");
    }
    let mut seconds = |at: usize, doubt| {
        fields[at].parse::<i64>().unwrap_or_else(|_| {
            if !fields[at].is_empty() {
                doubts.push(doubt);
            }
            0
        })
    };
    let duration_seconds = seconds(DURATION, "duration is not a number");
    let billed_seconds = seconds(BILLSEC, "billsec is not a number");
    let parts = fields.each_ref().map(|field| field.as_bytes());
    let call = Call {
        call_uid: format!("c1:{}", short_hash(&parts)),
        time: started,
        caller: fields[SRC].to_string(),
        callee: fields[DST].to_string(),
        duration_seconds,
        billed_seconds,
        disposition: fields[DISPOSITION].to_uppercase(),
        unique_id: fields[UNIQUEID].to_string(),
        ..Call::default()
    };
    Ok((call, doubts))
}

/// `2017-06-20 09:49:22`.
fn time(text: &str) -> Option<UtcMicros> {
    UtcMicros::parse(text).ok().filter(|_| text.len() >= 19)
}
