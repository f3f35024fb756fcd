//! Gmail's log in `BigQuery` (support.google.com/a/answer/7230050), one row a line as
//! `bq extract` writes JSON: what became of one message at one step.
//!
//! A row names recipients also where the message was deleted since, so it extends a
//! wave. A row becomes one event for each recipient.

use demarche_core::source::Member;
use demarche_core::{Event, UtcMicros};

use crate::audit::tree::{Map, Value};
use crate::audit::value::{at, list, plain, text};
use crate::audit::{self, Events, Made, detail, no_time, uid};
use crate::registry::{ReadError, Sink};

/// The most recipients of a row that are read.
const RECIPIENTS: usize = 2_000;

pub(super) fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["message_info", "event_info", "rfc2822_message_id"])
    })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    audit::json::read(member, sink, &events)?;
    Ok(())
}

fn events(mut map: Map) -> Events {
    // In the table of all activities the row's own columns lie under `gmail`.
    if let Some(Value::Object(inner)) = map.remove("gmail") {
        map = inner;
    }
    let Some(Value::Object(message)) = map.get("message_info") else {
        return Err("not a row of Gmail's log: no message_info");
    };
    let message_id = text(message, "rfc2822_message_id");
    let message_id = message_id.trim_start_matches('<').trim_end_matches('>').to_owned();
    let sender = at(message, &["source", "address"]).to_lowercase();
    let subject = text(message, "subject").to_owned();
    let action = message.get("action_type").map(plain).unwrap_or_default();
    let info = map.get("event_info").and_then(Value::as_object);
    let stated = info.and_then(|i| i.get("timestamp_usec")).map(plain).unwrap_or_default();
    let time = stated.parse().ok().and_then(UtcMicros::from_micros);
    let outcome = match info.and_then(|i| i.get("success")).map(plain).as_deref() {
        Some("true") => "succeeded",
        Some("false") => "failed",
        _ => "",
    };
    let destinations: Vec<String> = list(message, "destination")
        .filter_map(|d| d.get("address").and_then(Value::as_str))
        .map(|address| address.trim().to_lowercase())
        .collect();
    let mut doubts = Vec::new();
    if time.is_none() {
        doubts.push(no_time(&stated));
    }
    if destinations.len() > RECIPIENTS {
        doubts.push(format!(
            "{} recipients, of whom the first {RECIPIENTS} are read",
            destinations.len()
        ));
    }
    let content = uid("google", &message_id, &map, |_| true);
    let detail = detail(map, &mut doubts);
    let whom = if destinations.is_empty() { vec![String::new()] } else { destinations };
    let mut made: Vec<Made> = whom
        .into_iter()
        .take(RECIPIENTS)
        .map(|recipient| Made {
            event: Event {
                event_uid: format!(
                    "e1:{}",
                    demarche_core::id::short_hash(&[content.as_bytes(), recipient.as_bytes()])
                ),
                provider: "gmail_log".into(),
                time,
                workload: "gmail".into(),
                operation: format!("action_type {action}"),
                account: recipient.clone(),
                actor: sender.clone(),
                target: if recipient.is_empty() { subject.clone() } else { recipient },
                outcome: outcome.into(),
                message_ids: (!message_id.is_empty())
                    .then(|| message_id.clone())
                    .into_iter()
                    .collect(),
                detail: detail.clone(),
                ..Event::default()
            },
            doubts: Vec::new(),
        })
        .collect();
    if let Some(first) = made.first_mut() {
        first.doubts = doubts;
    }
    Ok(made)
}
