//! RDAP answers (RFC 9083): `domain`, `ip network` and `autnum` objects. Who is who in
//! them is told by the roles of their entities, whose cards are jCard (RFC 7095).

use demarche_core::{Registration, UtcMicros};
use serde_json::Value;

use super::{LIST, Made, country, host, moment, text};
use crate::json;

/// Entities inside one another at most.
const DEPTH: usize = 4;

pub(super) fn sniff(prefix: &[u8]) -> bool {
    json::sniff(prefix, |element| {
        json::has(element, "objectClassName")
            && ["ldhName", "startAddress", "startAutnum"].iter().any(|key| json::has(element, key))
    })
}

pub(super) fn registration(value: &Value) -> Made {
    let get = |key: &str| text(value, &[key]);
    let (kind, name, start, end) = match get("objectClassName").as_str() {
        "domain" => ("domain", host(&get("ldhName")), String::new(), String::new()),
        "ip network" => ("network", get("name"), get("startAddress"), get("endAddress")),
        "autnum" => ("autnum", get("name"), get("startAutnum"), get("endAutnum")),
        _ => return Err("an RDAP object of another class"),
    };
    if name.is_empty() && start.is_empty() {
        return Err("an RDAP object without name or range");
    }
    let card = |role: &str| entity(value, role, DEPTH);
    let registrant = card("registrant");
    let own_country = country(&get("country"));
    let list =
        |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten().take(LIST);
    let observed = event(value, "last update of RDAP database");
    Ok(Registration {
        kind: kind.to_owned(),
        name,
        handle: get("handle"),
        start,
        end,
        registrar: card("registrar").map(|card| card_text(card, "fn")).unwrap_or_default(),
        registrant: registrant
            .map(|card| {
                let organisation = card_text(card, "org");
                if organisation.is_empty() { card_text(card, "fn") } else { organisation }
            })
            .unwrap_or_default(),
        country: if own_country.is_empty() {
            registrant.map(card_country).unwrap_or_default()
        } else {
            own_country
        },
        registered: event(value, "registration"),
        changed: event(value, "last changed"),
        expires: event(value, "expiration"),
        observed,
        name_servers: list("nameservers").map(|server| host(&text(server, &["ldhName"]))).collect(),
        status: list("status").filter_map(Value::as_str).map(str::to_owned).collect(),
        ..Registration::default()
    })
}

fn event(value: &Value, action: &str) -> Option<UtcMicros> {
    let events = value.get("events").and_then(Value::as_array)?;
    let found = events.iter().find(|event| text(event, &["eventAction"]) == action)?;
    moment(&text(found, &["eventDate"]))
}

/// The card of the first entity with a role.
fn entity<'v>(value: &'v Value, role: &str, depth: usize) -> Option<&'v Value> {
    let entities = value.get("entities").and_then(Value::as_array)?;
    let has = |entity: &&Value| {
        let roles = entity.get("roles").and_then(Value::as_array);
        roles.is_some_and(|roles| roles.iter().any(|known| known.as_str() == Some(role)))
    };
    let own = entities.iter().take(LIST).find(has).and_then(|entity| entity.get("vcardArray"));
    own.or_else(|| {
        let inner = depth.checked_sub(1)?;
        entities.iter().take(LIST).find_map(|entity| self::entity(entity, role, inner))
    })
}

/// `["vcard", [["fn", {}, "text", "Example"], ...]]`.
fn property<'v>(card: &'v Value, name: &str) -> Option<&'v Value> {
    let properties = card.get(1)?.as_array()?;
    properties.iter().find(|property| property.get(0).and_then(Value::as_str) == Some(name))
}

fn card_text(card: &Value, name: &str) -> String {
    let value = property(card, name).and_then(|property| property.get(3));
    value.and_then(Value::as_str).map(str::trim).unwrap_or("").to_owned()
}

/// The country of an address: parameter `cc` (RFC 8605), else its last part.
fn card_country(card: &Value) -> String {
    let Some(address) = property(card, "adr") else { return String::new() };
    let stated = address.get(1).map(|parameters| country(&text(parameters, &["cc"])));
    stated.filter(|code| !code.is_empty()).unwrap_or_else(|| {
        let last = address.get(3).and_then(|parts| parts.get(6)).and_then(Value::as_str);
        country(last.unwrap_or(""))
    })
}
