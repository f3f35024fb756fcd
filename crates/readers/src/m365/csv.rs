//! CSV exports: the event is the JSON in the column `AuditData`.

use std::sync::{Mutex, PoisonError};

use demarche_core::source::Member;

use super::cut::Cut;
use super::event::{Around, event};
use crate::audit;
use crate::lines::{Header, Row, sniff_text, whole};
use crate::registry::{ReadError, Sink};

/// Names of the column that holds the event. The portal's first exports called it
/// `Detail`, beside `Time`, `User` and `Action`.
const AUDIT: [&str; 2] = ["auditdata", "detail"];

/// Columns beside it of which an export has one at least.
const BESIDE: [&str; 7] =
    ["creationdate", "recordtype", "operation", "operations", "userid", "userids", "recordid"];

/// The same beside `Detail`, a common word: all of them.
const BESIDE_DETAIL: [&str; 3] = ["time", "user", "action"];

pub(super) fn sniff(prefix: &[u8]) -> bool {
    audit::csv::delimiter(prefix, is_export).is_some()
        || audit::csv::delimiter(prefix, is_old_export).is_some() && holds_events(prefix)
}

fn is_export(header: &Header) -> bool {
    header.has("auditdata") && BESIDE.iter().any(|name| header.has(name))
}

fn is_old_export(header: &Header) -> bool {
    header.has("detail") && BESIDE_DETAIL.iter().all(|name| header.has(name))
}

fn is_either(header: &Header) -> bool {
    is_export(header) || is_old_export(header)
}

/// Whether an audit record is in sight, in whatever way its quotes are doubled.
fn holds_events(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    ["Operation\"", "Workload\""]
        .iter()
        .all(|key| memchr::memmem::find(&text, key.as_bytes()).is_some())
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let cut = Mutex::new(Cut::default());
    let rows = audit::csv::read(member, sink, is_either, &|header, row| {
        let (index, count) = (header.get(row, "resultindex"), header.get(row, "resultcount"));
        if !index.is_empty() {
            cut.lock().unwrap_or_else(PoisonError::into_inner).row(&index, &count);
        }
        let time = first(header, row, &["creationdate", "creationtime", "time"]);
        let user = first(header, row, &["userids", "userid", "user"]);
        let around = Around { time: &time, user: &user };
        let column = AUDIT.iter().find_map(|name| header.column(name));
        let cell = column.map_or(&[][..], |column| row.bytes(column));
        if cell.trim_ascii().is_empty() {
            return Err("a row without AuditData");
        }
        let record = audit::json::object(cell).map_err(|reason| match reason {
            "not a JSON object" => "AuditData is not an object",
            _ => "AuditData is not JSON (cut off or damaged)",
        })?;
        Ok(vec![event(record, around)?])
    })?;
    let cut = cut.into_inner().unwrap_or_else(PoisonError::into_inner);
    for sign in cut.signs(rows) {
        sink.anomaly(whole(member), sign);
    }
    Ok(())
}

/// The first of `names` that is a column with something in it.
fn first<'r>(header: &Header, row: &Row<'r>, names: &[&str]) -> std::borrow::Cow<'r, str> {
    names.iter().map(|name| header.get(row, name)).find(|cell| !cell.is_empty()).unwrap_or_default()
}
