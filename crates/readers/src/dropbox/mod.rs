//! Dropbox's team log (`team_log/get_events`): `{"events": [...]}`, an array, or one
//! event a line.
//!
//! Fields: www.dropbox.com/developers/documentation/http/teams, "`TeamEvent`". Events
//! have no id of their own: `event_uid` is of the content alone.

use demarche_core::Event;
use demarche_core::source::Member;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, list, text, time};
use crate::audit::{self, Made, detail, no_time, uid};
use crate::registry::{Format, ReadError, Sink};

/// Team log events.
pub const JSON: Format = Format { name: "dropbox", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["event_category", "event_type", "timestamp"])
            && first.has_any(&["actor", "origin", "involve_non_team_member"])
    })
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    audit::json::read(member, sink, &|map| Ok(vec![event(map)?]))?;
    Ok(())
}

/// The event of a record.
///
/// * `operation`: the `.tag` of its type; `workload`: that of its category.
/// * `account`, `actor`: the acting user's address, else the application or the kind of
///   actor.
/// * `target`: the first asset's path or name, else the first other participant.
fn event(map: Map) -> Result<Made, &'static str> {
    let operation = at(&map, &["event_type", ".tag"]).to_owned();
    if operation.is_empty() {
        return Err("not an event of a team log: no event_type");
    }
    let mut doubts = Vec::new();
    let stated = text(&map, "timestamp");
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    const WHO: &[&[&str]] = &[
        &["actor", "user", "email"],
        &["actor", "admin", "email"],
        &["actor", "reseller", "reseller_email"],
        &["actor", "app", "display_name"],
        &["actor", ".tag"],
    ];
    const ASSET: &[&[&str]] =
        &[&["path", "contextual"], &["display_name"], &["doc_title"], &["folder_name"]];
    const OTHER: &[&[&str]] = &[&["user", "email"], &["group", "display_name"]];
    let actor = first(&map, WHO).to_lowercase();
    let named = |key, paths| {
        let objects = list(&map, key).filter_map(Value::as_object);
        objects.map(|object| first(object, paths)).find(|text| !text.is_empty())
    };
    let mut event = Event {
        event_uid: uid("dropbox", "", &map, |_| true),
        provider: "dropbox".into(),
        time,
        workload: at(&map, &["event_category", ".tag"]).to_owned(),
        account: actor.clone(),
        source_ip: address(at(&map, &["origin", "geo_location", "ip_address"]))
            .map_or_else(String::new, |ip| ip.to_string()),
        user_agent: at(&map, &["origin", "access_method", "end_user", ".tag"]).to_owned(),
        app_id: at(&map, &["actor", "app", "app_id"]).to_owned(),
        target: named("assets", ASSET)
            .or_else(|| named("participants", OTHER))
            .unwrap_or_default()
            .to_owned(),
        outcome: if operation.ends_with("_fail") { "failed" } else { "" }.to_owned(),
        operation,
        actor,
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
        assert_eq!(name, Some("dropbox"));
        insta::assert_json_snapshot!(events);
        assert_eq!(
            anomalies,
            [
                "not an event of a team log: no event_type",
                "export is one page of several (it names a next one)",
            ]
        );
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
