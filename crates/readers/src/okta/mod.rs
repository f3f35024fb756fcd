//! Okta's System Log, as the interface answers it: an array, or one event a line.
//!
//! Fields: developer.okta.com/docs/api/openapi/okta-management, "`LogEvent` object".

use demarche_core::Event;
use demarche_core::source::Member;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, list, text, time};
use crate::audit::{self, Made, detail, no_time, uid};
use crate::registry::{Format, ReadError, Sink};

/// System Log events.
pub const JSON: Format = Format { name: "okta", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["uuid", "published", "eventType", "actor"])
            && first.has_any(&["displayMessage", "legacyEventType", "authenticationContext"])
    })
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::json::read(member, sink, &|map| Ok(vec![event(map)?]))?;
    // The next page is named in a header of the answer, which is not saved.
    audit::say_full(records, &[100, 1_000], member, sink);
    Ok(())
}

/// The event of a record.
///
/// * `actor`: the actor's sign-in name; `account` the same, or the user it acted on
///   where the service itself acted.
/// * `target`: the first user among the targets that is not the actor, else the first
///   target.
/// * `session`: `externalSessionId`, which one sign-in keeps across applications.
fn event(map: Map) -> Result<Made, &'static str> {
    let (record_id, operation) = (text(&map, "uuid"), text(&map, "eventType"));
    if record_id.is_empty() && operation.is_empty() {
        return Err("not a System Log event: neither uuid nor eventType");
    }
    let mut doubts = Vec::new();
    let stated = text(&map, "published");
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    let actor = map.get("actor").and_then(Value::as_object).map(name).unwrap_or_default();
    let targets: Vec<(&str, String)> = list(&map, "target")
        .filter_map(Value::as_object)
        .map(|target| (text(target, "type"), name(target)))
        .collect();
    let user = targets.iter().find(|(kind, name)| kind.ends_with("User") && *name != actor);
    let app = list(&map, "target")
        .filter_map(Value::as_object)
        .find(|target| text(target, "type") == "AppInstance");
    let service = at(&map, &["actor", "type"]) == "SystemPrincipal";
    let account = match user {
        Some((_, name)) if service => name.clone(),
        _ => actor.clone(),
    };
    let outcome = match at(&map, &["outcome", "result"]) {
        "SUCCESS" | "ALLOW" => "succeeded",
        "FAILURE" | "DENY" => "failed",
        _ => "",
    };
    let mut event = Event {
        event_uid: uid("okta", record_id, &map, |_| true),
        record_id: record_id.to_owned(),
        provider: "okta".into(),
        time,
        workload: "Identity".into(),
        operation: operation.to_owned(),
        account,
        source_ip: address(at(&map, &["client", "ipAddress"]))
            .map_or_else(String::new, |ip| ip.to_string()),
        user_agent: at(&map, &["client", "userAgent", "rawUserAgent"]).to_owned(),
        session: at(&map, &["authenticationContext", "externalSessionId"]).to_owned(),
        app_id: app.map_or("", |app| text(app, "id")).to_owned(),
        target: user.or(targets.first()).map_or_else(String::new, |(_, name)| name.clone()),
        outcome: outcome.to_owned(),
        actor,
        ..Event::default()
    };
    event.detail = detail(map, &mut doubts);
    Ok(Made { event, doubts })
}

/// A sign-in name, else a display name, else an id; addresses in lower case.
fn name(of: &Map) -> String {
    let alternate = text(of, "alternateId");
    if alternate.contains('@') {
        return alternate.to_lowercase();
    }
    let known = Some(alternate).filter(|text| !text.is_empty() && *text != "unknown");
    known.unwrap_or_else(|| first(of, &[&["displayName"], &["id"]])).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::lines::testing::{events, read};

    const LOG: &[u8] = include_bytes!("testdata/log.json");

    #[test]
    fn an_answer_of_the_interface() {
        let (name, events, anomalies) = events(LOG);
        assert_eq!(name, Some("okta"));
        insta::assert_json_snapshot!(events);
        assert_eq!(anomalies, ["not a System Log event: neither uuid nor eventType"]);
    }

    #[test]
    fn one_event_a_line() {
        let text = String::from_utf8(LOG.to_vec()).unwrap();
        let values: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
        let (name, by_line, _) = events(lines.as_bytes());
        assert_eq!(name, Some("okta"));
        let (_, by_array, _) = events(LOG);
        let uids = |events: Vec<demarche_core::Event>| {
            events.into_iter().map(|event| event.event_uid).collect::<Vec<_>>()
        };
        assert_eq!(uids(by_line), uids(by_array));
    }

    #[test]
    fn a_full_page_may_be_cut() {
        let line = |n| {
            format!(
                "{{\"uuid\":\"{n}\",\"published\":\"2024-03-01T08:00:00Z\",\"eventType\":\"user.session.start\",\"displayMessage\":\"x\",\"actor\":{{}}}}\n"
            )
        };
        let of = |count: u32| events((0..count).map(line).collect::<String>().as_bytes());
        assert_eq!((of(99).2.len(), of(1_000).1.len()), (0, 1_000));
        assert_eq!(
            of(1_000).2,
            ["export may be cut: it has exactly 1000 records, as many as one can"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_read(at in 0_usize..8000, byte: u8, tail: Vec<u8>) {
            let mut bytes = LOG.to_vec();
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.extend(tail);
            let _ = read(&bytes);
        }
    }
}
