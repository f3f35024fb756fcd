//! JSON exports: arrays, wrapped arrays, JSON lines; each object the event itself or
//! one that carries it as `AuditData`, as text (`Search-UnifiedAuditLog |
//! ConvertTo-Json`) or as object (Microsoft Graph's audit log queries).

use demarche_core::Record;
use demarche_core::source::Member;
use memchr::memmem;
use serde_json::{Map, Value};

use super::cut::Cut;
use super::event::{Around, event};
use crate::lines::{Elements, End, Layout, Lines, Piece, sniff_text, whole};
use crate::registry::{ReadError, Sink};

pub(super) fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let Some(layout) = Layout::of(&text) else { return false };
    let element = layout.first_element(&text);
    let has = |key: &str| memmem::find(element, format!("\"{key}\"").as_bytes()).is_some();
    element.starts_with(b"{")
        && (has("Workload") && has("Operation") && has("CreationTime")
            || (has("AuditData") || has("auditData"))
                && ["RecordType", "UserIds", "Operations", "CreationDate", "auditLogRecordType"]
                    .iter()
                    .any(|key| has(key)))
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let layout = Layout::of(&sniff_text(member.prefix()))
        .ok_or_else(|| ReadError::Malformed("no JSON array or object".into()))?;
    let mut cut = Cut::default();
    let mut number = 0;
    if layout == Layout::Lines {
        let mut lines = Lines::new(member);
        while let Some(line) = lines.next(member)? {
            if !line.bytes.trim_ascii().is_empty() {
                element(&line, member, number, &mut cut, sink);
                number += 1;
            }
        }
    } else {
        let mut elements = Elements::new(member, layout);
        while let Some(piece) = elements.next(member)? {
            element(&piece, member, number, &mut cut, sink);
            number += 1;
        }
        match elements.end() {
            End::Closed => {}
            End::CutOff => sink.anomaly(whole(member), "the array of events is cut off"),
            End::Then(rest) if rest.contains("nextLink") => {
                sink.anomaly(whole(member), "export is one page of several (nextLink)");
            }
            // Other members of the wrapping object say nothing about events.
            End::Then(rest) if rest.starts_with(',') && rest.ends_with('}') => {}
            End::Then(_) => sink.anomaly(whole(member), "bytes after the array, not read"),
        }
    }
    for sign in cut.signs() {
        sink.anomaly(whole(member), sign);
    }
    Ok(())
}

fn element(
    piece: &Piece<'_>,
    member: &Member<'_>,
    number: u64,
    cut: &mut Cut,
    sink: &mut Sink<'_>,
) {
    let evidence = piece.cite_row(member, number);
    if let Some(fault) = piece.fault {
        return sink.anomaly(evidence, fault);
    }
    match record(piece, cut) {
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

fn record(
    piece: &Piece<'_>,
    cut: &mut Cut,
) -> Result<(demarche_core::Event, Vec<String>), &'static str> {
    let parsed =
        serde_json::from_slice(piece.bytes).or_else(|_| serde_json::from_str(&piece.text()));
    let mut map = match parsed {
        Ok(Value::Object(map)) => map,
        Ok(_) => return Err("not a JSON object"),
        Err(_) => return Err("not JSON (cut off or damaged)"),
    };
    let audit = map.remove("AuditData").or_else(|| map.remove("auditData"));
    let number = |key: &str| map.get(key).map_or_else(String::new, plain);
    cut.row(&number("ResultIndex"), &number("ResultCount"));
    match audit {
        None => event(map, Around::default()),
        Some(audit) => {
            let (time, user) = around(&map);
            let around = Around { time: &time, user: &user };
            match audit {
                Value::Object(audit) => event(audit, around),
                Value::String(text) if text.trim().is_empty() => Err("a record without AuditData"),
                Value::String(text) => match serde_json::from_str(&text) {
                    Ok(Value::Object(audit)) => event(audit, around),
                    _ => Err("AuditData is not JSON (cut off or damaged)"),
                },
                _ => Err("AuditData is neither text nor object"),
            }
        }
    }
}

/// Time and user of the object around the event.
fn around(map: &Map<String, Value>) -> (String, String) {
    let first =
        |keys: &[&str]| keys.iter().find_map(|key| map.get(*key)).map_or_else(String::new, plain);
    (
        first(&["CreationDate", "createdDateTime"]),
        first(&["UserIds", "userPrincipalName", "userId"]),
    )
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
