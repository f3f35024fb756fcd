//! CSV exports: the event is the JSON in the column `AuditData`.

use demarche_core::Record;
use demarche_core::source::Member;
use serde_json::{Map, Value};

use super::cut::Cut;
use super::event::{Around, event};
use crate::lines::{Header, Row, Rows, sniff_text, whole};
use crate::registry::{ReadError, Sink};

/// Columns beside `AuditData` of which an export has one at least.
const BESIDE: [&str; 7] =
    ["creationdate", "recordtype", "operation", "operations", "userid", "userids", "recordid"];

pub(super) fn sniff(prefix: &[u8]) -> bool {
    Header::sniff(&sniff_text(prefix))
        .is_some_and(|header| header.has("auditdata") && BESIDE.iter().any(|n| header.has(n)))
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let header = match rows.next(member)? {
        Some(first) if first.piece.fault.is_none() => Header::of(&first),
        _ => return Err(ReadError::Malformed("no header line".into())),
    };
    let Some(audit_data) = header.column("auditdata") else {
        return Err(ReadError::Malformed("no column AuditData".into()));
    };
    let mut cut = Cut::default();
    let mut number = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, number);
        number += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        cut.row(&header.get(&row, "resultindex"), &header.get(&row, "resultcount"));
        let around = (header.get(&row, "creationdate"), user(&header, &row));
        let around = Around { time: &around.0, user: &around.1 };
        match audit(row.bytes(audit_data)).and_then(|audit| event(audit, around)) {
            Ok((mut event, doubts)) => {
                for doubt in doubts {
                    sink.anomaly(evidence.clone(), doubt);
                }
                event.evidence = evidence;
                sink.record(Record::Event(Box::new(event)));
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    for sign in cut.signs() {
        sink.anomaly(whole(member), sign);
    }
    Ok(())
}

fn user<'r>(header: &Header, row: &Row<'r>) -> std::borrow::Cow<'r, str> {
    let name = if header.has("userids") { "userids" } else { "userid" };
    header.get(row, name)
}

/// Parses the cell. Bytes that are not UTF-8 become U+FFFD rather than cost the event.
fn audit(cell: &[u8]) -> Result<Map<String, Value>, &'static str> {
    if cell.trim_ascii().is_empty() {
        return Err("a row without AuditData");
    }
    let parsed = serde_json::from_slice(cell)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(cell)));
    match parsed {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("AuditData is not an object"),
        Err(_) => Err("AuditData is not JSON (cut off or damaged)"),
    }
}
