//! The portal's CSV files: sign-ins (interactive and not, users' and service
//! principals') and audit. A row becomes the object that Graph would have given, so far
//! as it tells; columns without a place there stay under their own names.

use demarche_core::source::Member;

use super::event::event;
use crate::audit::tree::{Map, Value};
use crate::audit::{self, Events};
use crate::lines::{Header, Row};
use crate::registry::{ReadError, Sink};

/// Columns of sign-ins and their place in Graph's `signIn`.
const SIGN_IN: [(&str, &str); 31] = [
    ("date (utc)", "createdDateTime"),
    ("request id", "id"),
    ("user agent", "userAgent"),
    ("correlation id", "correlationId"),
    ("user id", "userId"),
    ("user", "userDisplayName"),
    ("username", "userPrincipalName"),
    ("user type", "userType"),
    ("incoming token type", "incomingTokenType"),
    ("authentication protocol", "authenticationProtocol"),
    ("unique token identifier", "uniqueTokenIdentifier"),
    ("original transfer method", "originalTransferMethod"),
    ("session id", "sessionId"),
    ("application", "appDisplayName"),
    ("application id", "appId"),
    ("resource", "resourceDisplayName"),
    ("resource id", "resourceId"),
    ("service principal id", "servicePrincipalId"),
    ("service principal name", "servicePrincipalName"),
    ("ip address", "ipAddress"),
    ("autonomous system  number", "autonomousSystemNumber"),
    ("sign-in error code", "status.errorCode"),
    ("failure reason", "status.failureReason"),
    ("client app", "clientAppUsed"),
    ("device id", "deviceDetail.deviceId"),
    ("browser", "deviceDetail.browser"),
    ("operating system", "deviceDetail.operatingSystem"),
    ("compliant", "deviceDetail.isCompliant"),
    ("multifactor authentication result", "status.additionalDetails"),
    ("conditional access", "conditionalAccessStatus"),
    ("status", "status.text"),
];

/// Columns of the audit log and their place in Graph's `directoryAudit`.
const AUDIT: [(&str, &str); 15] = [
    ("date (utc)", "activityDateTime"),
    ("correlationid", "correlationId"),
    ("service", "loggedByService"),
    ("category", "category"),
    ("activity", "activityDisplayName"),
    ("result", "result"),
    ("resultreason", "resultReason"),
    ("actordisplayname", "initiatedBy.user.displayName"),
    ("actorobjectid", "initiatedBy.user.id"),
    ("actoruserprincipalname", "initiatedBy.user.userPrincipalName"),
    ("ipaddress", "initiatedBy.user.ipAddress"),
    ("actorserviceprincipalid", "initiatedBy.app.servicePrincipalId"),
    ("actorserviceprincipalname", "initiatedBy.app.displayName"),
    ("useragent", "userAgent"),
    ("id", "id"),
];

fn is_sign_in(header: &Header) -> bool {
    ["date (utc)", "request id", "ip address"].iter().all(|name| header.has(name))
}

fn is_audit(header: &Header) -> bool {
    ["date (utc)", "correlationid", "activity", "result"].iter().all(|name| header.has(name))
}

fn is_either(header: &Header) -> bool {
    is_sign_in(header) || is_audit(header)
}

pub(super) fn sniff(prefix: &[u8]) -> bool {
    audit::csv::delimiter(prefix, is_either).is_some()
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::csv::read(member, sink, is_either, &|header, row| {
        if is_sign_in(header) { sign_in(header, row) } else { operation(header, row) }
    })?;
    // The portal's largest downloads, first and now.
    audit::say_full(records, &[5_000, 100_000, 250_000], member, sink);
    Ok(())
}

fn sign_in(header: &Header, row: &Row<'_>) -> Events {
    let mut map = placed(header, row, &SIGN_IN);
    // Older files give no code for success.
    if header.get(row, "status") == "Success" && header.get(row, "sign-in error code").is_empty() {
        put(&mut map, "status.errorCode", "0".into());
    }
    Ok(vec![event(map)?])
}

fn operation(header: &Header, row: &Row<'_>) -> Events {
    let mut map = placed(header, row, &AUDIT);
    let mut targets = Vec::new();
    for n in 1..=10 {
        let prefix = format!("target{n}");
        let mut target = Map::new();
        for (column, key) in [
            ("type", "type"),
            ("displayname", "displayName"),
            ("objectid", "id"),
            ("userprincipalname", "userPrincipalName"),
        ] {
            if let Some(value) = map.remove(&format!("{prefix}{column}")) {
                target.insert(key.into(), value);
            }
        }
        let mut changed = Vec::new();
        for m in 1..=50 {
            let mut property = Map::new();
            for (column, key) in
                [("name", "displayName"), ("oldvalue", "oldValue"), ("newvalue", "newValue")]
            {
                if let Some(value) = map.remove(&format!("{prefix}modifiedproperty{m}{column}")) {
                    property.insert(key.into(), value);
                }
            }
            if property.is_empty() {
                break;
            }
            changed.push(Value::Object(property));
        }
        if !changed.is_empty() {
            target.insert("modifiedProperties".into(), changed.into());
        }
        if target.is_empty() {
            break;
        }
        targets.push(Value::Object(target));
    }
    map.insert("targetResources".into(), targets.into());
    let mut details = Vec::new();
    for n in 1..=50 {
        let Some(key) = map.remove(&format!("additionaldetail{n}key")) else { break };
        let value = map.remove(&format!("additionaldetail{n}value")).unwrap_or_default();
        let pair = [("key".to_owned(), key), ("value".to_owned(), value)];
        details.push(Value::Object(pair.into_iter().collect()));
    }
    map.insert("additionalDetails".into(), details.into());
    Ok(vec![event(map)?])
}

/// The cells that are not empty, at their places in Graph's object.
fn placed(header: &Header, row: &Row<'_>, places: &[(&str, &str)]) -> Map {
    let mut map = Map::new();
    for index in 0..row.len() {
        let Some(name) = header.name(index) else { break };
        let cell = row.text(index);
        if cell.is_empty() || name.is_empty() {
            continue;
        }
        let place = places.iter().find(|(column, _)| *column == name).map_or(name, |(_, p)| p);
        put(&mut map, place, Value::String(cell.into_owned()));
    }
    map
}

/// Sets the value at a dotted place.
fn put(map: &mut Map, place: &str, value: Value) {
    match place.split_once('.') {
        None => {
            map.insert(place.to_owned(), value);
        }
        Some((key, rest)) => {
            if map.get(key).is_none() {
                map.insert(key.to_owned(), Value::Object(Map::new()));
            }
            if let Some(Value::Object(inner)) = map.get_mut(key) {
                put(inner, rest, value);
            }
        }
    }
}
