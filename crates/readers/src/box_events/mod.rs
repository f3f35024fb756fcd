//! Box's enterprise events (`/2.0/events?stream_type=admin_logs`): `{"entries": [...]}`,
//! an array, or one event a line.
//!
//! Fields: developer.box.com/reference/resources/event.

use demarche_core::Event;
use demarche_core::source::Member;

use crate::audit::tree::Map;
use crate::audit::value::{address, at, first, text, time};
use crate::audit::{self, Made, detail, no_time, uid};
use crate::registry::{Format, ReadError, Sink};

/// Enterprise events.
pub const JSON: Format = Format { name: "box", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["event_id", "event_type", "created_by", "created_at", "source"])
    })
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::json::read(member, sink, &|map| Ok(vec![event(map)?]))?;
    // An answer's default and its most; it always names a next position.
    audit::say_full(records, &[100, 500], member, sink);
    Ok(())
}

/// The event of a record.
///
/// * `account`, `actor`: who did it (`created_by.login`).
/// * `target`: the item's or user's name, else its id.
fn event(map: Map) -> Result<Made, &'static str> {
    let (record_id, operation) = (text(&map, "event_id"), text(&map, "event_type"));
    if record_id.is_empty() && operation.is_empty() {
        return Err("not an enterprise event: neither event_id nor event_type");
    }
    let mut doubts = Vec::new();
    let stated = text(&map, "created_at");
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    let actor = first(&map, &[&["created_by", "login"], &["created_by", "name"]]).to_lowercase();
    const TARGET: &[&[&str]] = &[
        &["source", "item_name"],
        &["source", "file_name"],
        &["source", "folder_name"],
        &["source", "login"],
        &["source", "user_email"],
        &["source", "name"],
        &["source", "item_id"],
        &["source", "id"],
    ];
    let mut event = Event {
        event_uid: uid("box", record_id, &map, |_| true),
        record_id: record_id.to_owned(),
        provider: "box".into(),
        time,
        workload: "Box".into(),
        operation: operation.to_owned(),
        account: actor.clone(),
        actor,
        source_ip: address(text(&map, "ip_address")).map_or_else(String::new, |ip| ip.to_string()),
        session: text(&map, "session_id").to_owned(),
        app_id: at(&map, &["additional_details", "service_id"]).to_owned(),
        target: first(&map, TARGET).to_owned(),
        outcome: if operation == "FAILED_LOGIN" { "failed" } else { "" }.to_owned(),
        ..Event::default()
    };
    event.detail = detail(map, &mut doubts);
    Ok(Made { event, doubts })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::lines::testing::{events, read};

    const LOG: &[u8] = include_bytes!("testdata/events.json");

    #[test]
    fn an_answer_of_the_interface() {
        let (name, events, anomalies) = events(LOG);
        assert_eq!(name, Some("box"));
        insta::assert_json_snapshot!(events);
        assert_eq!(anomalies, ["not an enterprise event: neither event_id nor event_type"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_read(at in 0_usize..3000, byte: u8, tail: Vec<u8>) {
            let mut bytes = LOG.to_vec();
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.extend(tail);
            let _ = read(&bytes);
        }
    }
}
