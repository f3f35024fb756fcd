//! JSON exports: arrays, wrapped arrays, JSON lines; each object the event itself or
//! one that carries it as `AuditData`, as text (`Search-UnifiedAuditLog |
//! ConvertTo-Json`) or as object (Microsoft Graph's audit log queries).

use std::sync::{Mutex, PoisonError};

use demarche_core::source::Member;

use super::cut::Cut;
use super::event::{Around, event};
use crate::audit::tree::{Map, Value};
use crate::audit::value::plain;
use crate::audit::{self, Events};
use crate::lines::whole;
use crate::registry::{ReadError, Sink};

pub(super) fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["Workload", "Operation", "CreationTime"])
            || first.has_any(&["AuditData", "auditData"])
                && first.has_any(&[
                    "RecordType",
                    "UserIds",
                    "Operations",
                    "CreationDate",
                    "auditLogRecordType",
                ])
    })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let cut = Mutex::new(Cut::default());
    let rows = audit::json::read(member, sink, &|object| record(object, &cut))?;
    let cut = cut.into_inner().unwrap_or_else(PoisonError::into_inner);
    for sign in cut.signs(rows) {
        sink.anomaly(whole(member), sign);
    }
    Ok(())
}

fn record(mut map: Map, cut: &Mutex<Cut>) -> Events {
    let carried = map.remove("AuditData").or_else(|| map.remove("auditData"));
    if let (Some(index), Some(count)) = (map.get("ResultIndex"), map.get("ResultCount")) {
        let mut cut = cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.row(&plain(index), &plain(count));
    }
    let made = match carried {
        None => event(map, Around::default()),
        Some(carried) => {
            let (time, user) = around(&map);
            let around = Around { time: &time, user: &user };
            match carried {
                Value::Object(record) => event(record, around),
                Value::String(text) if text.trim().is_empty() => Err("a record without AuditData"),
                Value::String(text) => match audit::json::object(text.as_bytes()) {
                    Ok(record) => event(record, around),
                    Err(_) => Err("AuditData is not JSON (cut off or damaged)"),
                },
                _ => Err("AuditData is neither text nor object"),
            }
        }
    };
    Ok(vec![made?])
}

/// Time and user of the object around the event.
fn around(map: &Map) -> (String, String) {
    let first =
        |keys: &[&str]| keys.iter().find_map(|key| map.get(key)).map_or_else(String::new, plain);
    (
        first(&["CreationDate", "createdDateTime"]),
        first(&["UserIds", "userPrincipalName", "userId"]),
    )
}
