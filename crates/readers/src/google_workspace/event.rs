//! One activity, normalised.

use demarche_core::Event;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, text, time};
use crate::audit::{Events, Made, detail, no_time, uid};

/// The most events of an activity that are read; the interface gives a handful.
const EVENTS: usize = 1_000;

/// The events of an activity.
///
/// * `workload`: the application: `admin`, `login`, `drive`...
/// * `account`, `actor`: who did it; of applications without an address their key.
/// * `target`: what the parameters name: document, user, group, client.
///
/// `detail` is the activity with `event` (type and name) and `parameters` (an object)
/// for `events`.
pub(super) fn events(mut activity: Map) -> Events {
    let Some(Value::Array(listed)) = activity.remove("events") else {
        return Err("not an activity: no list of events");
    };
    if listed.is_empty() {
        return Err("an activity without events");
    }
    let more = listed.len().saturating_sub(EVENTS);
    // Both say how the answer was made, not what happened.
    activity.remove("etag");
    activity.remove("kind");
    let mut made = Vec::with_capacity(listed.len().min(EVENTS));
    for (number, value) in listed.into_iter().take(EVENTS).enumerate() {
        let Value::Object(one) = value else {
            return Err("not an activity: an event is no object");
        };
        made.push(event(activity.clone(), one, number));
    }
    if more > 0
        && let Some(last) = made.last_mut()
    {
        last.doubts.push(format!("an activity of {more} events more than {EVENTS}, not read"));
    }
    Ok(made)
}

fn event(mut map: Map, mut one: Map, number: usize) -> Made {
    let parameters = match one.remove("parameters") {
        Some(Value::Array(values)) => fold(values),
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let mut doubts = Vec::new();
    let stated = at(&map, &["id", "time"]);
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    let application = at(&map, &["id", "applicationName"]).to_owned();
    let record_id =
        format!("{application}:{stated}:{}:{number}", at(&map, &["id", "uniqueQualifier"]));
    let actor = first(&map, &[&["actor", "email"], &["actor", "key"], &["actor", "profileId"]]);
    let actor = actor.to_lowercase();
    let operation = text(&one, "name").to_owned();
    let outcome = match operation.as_str() {
        "login_failure" | "risky_sensitive_action_blocked" => "failed",
        "login_success" => "succeeded",
        _ => "",
    };
    let named = |names: &[&str]| {
        let texts = names.iter().map(|name| text(&parameters, name));
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
    };
    let mut event = Event {
        record_id,
        provider: "google".into(),
        time,
        workload: application,
        account: actor.clone(),
        actor,
        source_ip: address(text(&map, "ipAddress")).map_or_else(String::new, |ip| ip.to_string()),
        user_agent: named(&["user_agent", "USER_AGENT"]),
        app_id: named(&["client_id", "originating_app_id", "API_CLIENT_NAME", "oauth_client_id"]),
        target: named(&TARGETS),
        outcome: outcome.to_owned(),
        operation,
        ..Event::default()
    };
    map.insert("event".into(), Value::Object(one));
    map.insert("parameters".into(), Value::Object(parameters));
    event.event_uid = uid("google", &event.record_id, &map, |_| true);
    event.detail = detail(map, &mut doubts);
    Made { event, doubts }
}

/// Parameters that name what was acted on, the most particular first.
const TARGETS: [&str; 14] = [
    "doc_id",
    "USER_EMAIL",
    "affected_email_address",
    "email_forwarding_destination_address",
    "member_id",
    "GROUP_EMAIL",
    "group_id",
    "group_email",
    "client_id",
    "API_CLIENT_NAME",
    "calendar_id",
    "SETTING_NAME",
    "DOMAIN_NAME",
    "app_name",
];

/// `[{"name": "doc_id", "value": "x"}, ...]` as `{"doc_id": "x"}`: a value is under
/// `value`, `intValue`, `boolValue`, `multiValue`..., or is a list of parameters itself.
fn fold(parameters: Vec<Value>) -> Map {
    let mut folded = Map::new();
    for parameter in parameters {
        let Value::Object(mut parameter) = parameter else { continue };
        let Some(Value::String(name)) = parameter.remove("name") else { continue };
        let value = if parameter.len() == 1 {
            parameter.into_iter().next().map_or(Value::Null, |(_, value)| nested(value))
        } else {
            Value::Object(parameter)
        };
        match folded.get_mut(&name) {
            None => {
                folded.insert(name, value);
            }
            // A name that occurs twice keeps both.
            Some(earlier) => *earlier = Value::Array(vec![earlier.take(), value]),
        }
    }
    folded
}

/// The value of `messageValue` (`{"parameter": [...]}`) or of a list of them.
fn nested(value: Value) -> Value {
    match value {
        Value::Object(mut map) => match map.remove("parameter") {
            Some(Value::Array(parameters)) => Value::Object(fold(parameters)),
            Some(other) => {
                map.insert("parameter".into(), other);
                Value::Object(map)
            }
            None => Value::Object(map),
        },
        Value::Array(values) => Value::Array(values.into_iter().map(nested).collect()),
        other => other,
    }
}
