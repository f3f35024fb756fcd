//! One sign-in or directory operation, normalised from Graph's object.

use demarche_core::Event;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, list, text, time};
use crate::audit::{Made, detail, no_time, uid};

/// What Azure Monitor calls the operation of every sign-in.
const SIGN_IN: &str = "Sign-in activity";

/// The event of Graph's `signIn` or `directoryAudit` object.
///
/// * `workload` is `AzureActiveDirectory`, as the Microsoft 365 audit log calls it.
/// * Sign-ins: `operation` is Azure Monitor's `Sign-in activity`; `account` the user or
///   service principal; `target` the resource.
/// * Directory operations: `account` and `actor` who did it; `target` the first object.
pub(super) fn event(map: Map) -> Result<Made, &'static str> {
    let record_id = text(&map, "id").to_owned();
    let operation = text(&map, "activityDisplayName").to_owned();
    let mut made = if !operation.is_empty() {
        operation_event(&map, operation)
    } else if map.contains_key("createdDateTime")
        && ["appId", "userPrincipalName", "userId", "servicePrincipalId"]
            .iter()
            .any(|k| map.contains_key(k))
    {
        sign_in(&map)
    } else {
        return Err("neither a sign-in nor a directory operation");
    };
    let event = &mut made.event;
    event.event_uid = uid("entra", &record_id, &map, |key| !key.contains("@odata."));
    event.record_id = record_id;
    event.provider = "entra".into();
    event.workload = "AzureActiveDirectory".into();
    event.detail = detail(fold(map), &mut made.doubts);
    Ok(made)
}

fn sign_in(map: &Map) -> Made {
    let stated = text(map, "createdDateTime");
    let time = time(stated);
    const WHO: &[&[&str]] =
        &[&["userPrincipalName"], &["servicePrincipalName"], &["servicePrincipalId"], &["userId"]];
    let account = first(map, WHO).to_lowercase();
    let code = map.get("status").and_then(|status| status.get("errorCode"));
    let outcome =
        match code.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned)) {
            Some(code) if code == "0" => "succeeded",
            // 50140, 50074 and the like ask the user for something; nothing was given yet.
            Some(_) => "failed",
            None => "",
        };
    let event = Event {
        time,
        operation: SIGN_IN.into(),
        account: account.clone(),
        actor: account,
        source_ip: ip(text(map, "ipAddress")),
        user_agent: text(map, "userAgent").to_owned(),
        session: text(map, "sessionId").to_owned(),
        app_id: text(map, "appId").to_owned(),
        target: first(map, &[&["resourceDisplayName"], &["resourceId"]]).to_owned(),
        outcome: outcome.into(),
        ..Event::default()
    };
    Made { event, doubts: if time.is_none() { vec![no_time(stated)] } else { Vec::new() } }
}

fn operation_event(map: &Map, operation: String) -> Made {
    let stated = text(map, "activityDateTime");
    let time = time(stated);
    const WHO: &[&[&str]] = &[
        &["initiatedBy", "user", "userPrincipalName"],
        &["initiatedBy", "user", "id"],
        &["initiatedBy", "app", "servicePrincipalName"],
        &["initiatedBy", "app", "displayName"],
        &["initiatedBy", "app", "servicePrincipalId"],
    ];
    let actor = first(map, WHO).to_lowercase();
    let target = list(map, "targetResources").find_map(Value::as_object);
    let target = target
        .map_or("", |target| first(target, &[&["userPrincipalName"], &["displayName"], &["id"]]));
    let agent = list(map, "additionalDetails")
        .filter_map(Value::as_object)
        .find(|pair| text(pair, "key") == "User-Agent");
    let outcome = match text(map, "result").to_ascii_lowercase().as_str() {
        "success" => "succeeded",
        "failure" | "timeout" => "failed",
        _ => "",
    };
    let event = Event {
        time,
        operation,
        account: actor.clone(),
        actor,
        source_ip: ip(at(map, &["initiatedBy", "user", "ipAddress"])),
        user_agent: agent.map_or("", |pair| text(pair, "value")).to_owned(),
        app_id: at(map, &["initiatedBy", "app", "appId"]).to_owned(),
        target: target.to_owned(),
        outcome: outcome.into(),
        ..Event::default()
    };
    Made { event, doubts: if time.is_none() { vec![no_time(stated)] } else { Vec::new() } }
}

fn ip(text: &str) -> String {
    address(text).map_or_else(String::new, |ip| ip.to_string())
}

/// `additionalDetails` (`[{"key": "User-Agent", "value": "x"}]`) as an object. The
/// changed properties of a target stay a list: public rules ask for their
/// `displayName`.
fn fold(mut map: Map) -> Map {
    if let Some(Value::Array(pairs)) = map.get("additionalDetails") {
        let mut folded = Map::new();
        for pair in pairs.iter().filter_map(Value::as_object) {
            let value = pair.get("value").cloned().unwrap_or_default();
            match folded.get_mut(text(pair, "key")) {
                None => {
                    folded.insert(text(pair, "key").to_owned(), value);
                }
                // A key that occurs twice keeps both.
                Some(earlier) => *earlier = Value::Array(vec![Value::take(earlier), value]),
            }
        }
        map.insert("additionalDetails".into(), Value::Object(folded));
    }
    map
}
