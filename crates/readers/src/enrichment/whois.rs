//! WHOIS answers in JSON. WHOIS itself is free text (RFC 3912); read are the two shapes in
//! which tools give it: an object `WhoisRecord` with `createdDate`, `registrarName`...
//! (services), and flat keys `domain_name`, `creation_date`, `registrar`... (libraries).

use demarche_core::Registration;
use serde_json::Value;

use super::{LIST, Made, country, first, host, time};
use crate::json;

pub(super) fn sniff(prefix: &[u8]) -> bool {
    json::sniff(prefix, |element| {
        let any = |keys: &[&str]| keys.iter().any(|key| json::has(element, key));
        any(&["domain_name", "domainName"])
            && any(&["creation_date", "createdDate", "creationDate"])
            && any(&["registrar", "registrarName", "WhoisRecord"])
    })
}

pub(super) fn registration(value: &Value) -> Made {
    let value = value.get("WhoisRecord").unwrap_or(value);
    let name = host(&first(value, &[&["domainName"], &["domain_name"]]));
    if name.is_empty() {
        return Err("an answer without domain");
    }
    // Some services put the registry's words beside what they made of them.
    const REGISTRY: &str = "registryData";
    let dates = |keys: [&str; 3]| {
        let own = keys.iter().find_map(|key| time(value, &[&[key]]));
        own.or_else(|| keys.iter().find_map(|key| time(value, &[&[REGISTRY, key]])))
    };
    let servers = ["name_servers", "nameServers", "nameservers"]
        .iter()
        .find_map(|key| value.get(key))
        .map(|servers| servers.get("hostNames").unwrap_or(servers));
    let list = |value: Option<&Value>| match value {
        Some(Value::Array(values)) => {
            values.iter().take(LIST).filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    let place = [
        &["registrant", "countryCode"][..],
        &["registrant_country"],
        &["country"],
        &["registrant", "country"],
    ];
    Ok(Registration {
        kind: "domain".to_owned(),
        handle: first(value, &[&["registry_domain_id"], &["domainId"]]),
        registrar: first(
            value,
            &[&["registrarName"], &["registrar"], &[REGISTRY, "registrarName"]],
        ),
        registrant: first(
            value,
            &[&["registrant", "organization"], &["org"], &["registrant", "name"], &["name"]],
        ),
        country: place
            .iter()
            .map(|path| country(&first(value, &[path])))
            .find(|code| !code.is_empty())
            .unwrap_or_default(),
        registered: dates(["createdDate", "creation_date", "creationDate"]),
        changed: dates(["updatedDate", "updated_date", "updateDate"]),
        expires: dates(["expiresDate", "expiration_date", "expirationDate"]),
        observed: time(
            value,
            &[&["audit", "updatedDate"], &["audit", "createdDate"], &["queried"]],
        ),
        name_servers: list(servers).iter().map(|server| host(server)).collect(),
        status: list(value.get("status")),
        name,
        ..Registration::default()
    })
}
