//! A decoded record, as an event.

use demarche_core::id::short_hash;
use demarche_core::{Event, UtcMicros};
use serde_json::{Map, Value};

use crate::serverlog::address;

/// The most bytes of [`Event::detail`].
const DETAIL: usize = 256 << 10;
/// Keywords of the Security channel (learn.microsoft.com, "Standard event keywords").
const AUDIT_FAILURE: u64 = 0x0010_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x0020_0000_0000_0000;

/// The event of a record, without evidence; `written` is the time in the record's header,
/// in microseconds.
pub(super) fn event(json: Value, written: i64, raw: &[u8]) -> (Event, Vec<&'static str>) {
    let mut doubts = Vec::new();
    let fields = flat(json);
    let get = |name: &str| fields.get(name).map_or_else(String::new, plain);
    let time = UtcMicros::parse(&get("TimeCreated")).ok();
    if time.is_none() {
        doubts.push("no readable TimeCreated: the time the record was written stands for it");
    }
    let (channel, computer, number) = (get("Channel"), get("Computer"), get("EventRecordID"));
    let user = |name: &str, domain: &str| {
        let (name, domain) = (get(name), get(domain));
        let bare =
            name.is_empty() || domain.is_empty() || domain == "-" || name.contains(['@', '\\']);
        if name == "-" {
            String::new()
        } else if bare {
            name.to_lowercase()
        } else {
            format!("{domain}\\{name}").to_lowercase()
        }
    };
    let actor = user("SubjectUserName", "SubjectDomainName");
    let target = user("TargetUserName", "TargetDomainName");
    let account = if target.is_empty() { actor.clone() } else { target };
    let session = Some(get("TargetLogonId")).filter(|id| !id.is_empty());
    let keywords = get("Keywords");
    let keywords = keywords.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let outcome = match keywords.unwrap_or(0) {
        bits if bits & AUDIT_FAILURE != 0 => "failed",
        bits if bits & AUDIT_SUCCESS != 0 => "succeeded",
        _ => "",
    };
    let source_ip = Some(get("IpAddress")).filter(|ip| !ip.is_empty() && ip != "-");
    let mut event = Event {
        event_uid: format!("e1:{}", short_hash(&[b"windows", computer.as_bytes(), raw])),
        record_id: format!("{computer}/{channel}/{number}"),
        provider: "windows".into(),
        time: time.or_else(|| UtcMicros::from_micros(written)),
        workload: channel,
        operation: get("EventID"),
        actor: if actor.is_empty() { account.clone() } else { actor },
        account,
        source_ip: source_ip.map(|ip| address(&ip)).unwrap_or_default(),
        session: session.unwrap_or_else(|| get("SubjectLogonId")),
        target: computer,
        outcome: outcome.into(),
        ..Event::default()
    };
    // Sorted whatever order `serde_json` keeps in this build.
    let sorted: std::collections::BTreeMap<_, _> = fields.into_iter().collect();
    event.detail = serde_json::to_string(&sorted).unwrap_or_default();
    if event.detail.len() > DETAIL {
        event.detail = "{}".into();
        doubts.push("fields of more than 256 KiB, not kept beside the record");
    }
    (event, doubts)
}

/// System and EventData (or UserData) side by side; of one name in both, EventData's stays
/// under `EventData`.
fn flat(json: Value) -> Map<String, Value> {
    let mut flat = Map::new();
    let Some(Value::Object(mut event)) = into_member(json, "Event") else { return flat };
    if let Some(Value::Object(system)) = event.remove("System") {
        for (name, value) in system {
            match (name.as_str(), value) {
                ("Provider", value) => {
                    let named = attribute(&value, "Name").cloned();
                    flat.insert("Provider_Name".into(), named.unwrap_or(value));
                }
                ("TimeCreated", value) => {
                    let time = attribute(&value, "SystemTime").cloned();
                    flat.insert(name, time.unwrap_or(value));
                }
                (_, value) => {
                    let text = value.get("#text").cloned();
                    flat.insert(name, text.unwrap_or(value));
                }
            }
        }
    }
    event.remove("#attributes");
    for (name, data) in event {
        match data {
            Value::Object(data) if name == "EventData" => {
                let mut clashing = Map::new();
                for (name, value) in data {
                    let side = if flat.contains_key(&name) { &mut clashing } else { &mut flat };
                    side.insert(name, value);
                }
                if !clashing.is_empty() {
                    flat.insert(name, Value::Object(clashing));
                }
            }
            Value::Null => {}
            data => {
                flat.insert(name, data);
            }
        }
    }
    flat
}

fn into_member(json: Value, name: &str) -> Option<Value> {
    match json {
        Value::Object(mut map) => map.remove(name),
        _ => None,
    }
}

fn attribute<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get("#attributes").and_then(|attributes| attributes.get(name))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
