//! JSON: Graph's objects, bare, in an array, or under `properties`.

use demarche_core::source::Member;

use super::event::event;
use crate::audit::tree::{Map, Value};
use crate::audit::{self, Events};
use crate::registry::{ReadError, Sink};

/// Azure Monitor's categories of sign-in and audit records.
const CATEGORIES: [&str; 6] = [
    "SignInLogs",
    "NonInteractiveUserSignInLogs",
    "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
    "ADFSSignInLogs",
    "AuditLogs",
];

pub(super) fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["createdDateTime", "appId", "conditionalAccessStatus"])
            || first.has_all(&["CreatedDateTime", "AppId", "ConditionalAccessStatus"])
            || first.has_all(&["activityDisplayName", "activityDateTime", "initiatedBy"])
            || first.has_all(&["ActivityDisplayName", "ActivityDateTime", "InitiatedBy"])
            || first.has_all(&["category", "properties", "operationName"])
                && first.has_any(&CATEGORIES)
    })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::json::read(member, sink, &record)?;
    // Graph's largest page; the portal's largest downloads, first and now.
    audit::say_full(records, &[1_000, 5_000, 100_000, 250_000], member, sink);
    Ok(())
}

fn record(mut map: Map) -> Events {
    if map.contains_key("operationName")
        && let Some(Value::Object(inner)) = map.remove("properties")
    {
        map = inner;
    }
    if map.contains_key("Id") {
        map = small(map);
    }
    Ok(vec![event(map)?])
}

/// Keys as Graph writes them: `PowerShell` objects have their first letter as capital.
/// As deep as the parser let through.
fn small(map: Map) -> Map {
    map.into_iter()
        .map(|(key, value)| {
            let mut letters = key.chars();
            let key = match letters.next() {
                _ if key == "IPAddress" => "ipAddress".to_owned(),
                Some(first) => first.to_ascii_lowercase().to_string() + letters.as_str(),
                None => key,
            };
            (key, small_value(value))
        })
        .collect()
}

fn small_value(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(small(map)),
        Value::Array(values) => Value::Array(values.into_iter().map(small_value).collect()),
        other => other,
    }
}
