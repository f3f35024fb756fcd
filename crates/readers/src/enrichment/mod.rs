//! Dated facts about infrastructure, gathered beforehand and read offline: passive DNS in
//! the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof), answers of RDAP
//! (RFC 9083) and WHOIS answers as services give them in JSON.
//!
//! They come as JSON lines, an array, or a document each. IP-to-network tables are in
//! [`tables`](crate::tables).

mod cof;
mod rdap;
mod whois;

use demarche_core::source::Member;
use demarche_core::{Record, Registration, UtcMicros};
use serde_json::Value;

use crate::json;
use crate::registry::{Format, ReadError, Sink};

/// Passive DNS, Common Output Format.
pub const PASSIVE_DNS: Format = Format { name: "passive-dns", sniff: cof::sniff, read: cof::read };

/// Answers of RDAP.
pub const RDAP: Format = Format {
    name: "rdap",
    sniff: rdap::sniff,
    read: |member, sink| registrations(member, sink, rdap::registration),
};

/// WHOIS answers in JSON.
pub const WHOIS: Format = Format {
    name: "whois-json",
    sniff: whois::sniff,
    read: |member, sink| registrations(member, sink, whois::registration),
};

type Made = Result<Registration, &'static str>;

/// Hands on what `make` makes of each answer.
fn registrations(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    make: fn(&Value) -> Made,
) -> Result<(), ReadError> {
    json::elements(member, sink, |piece, evidence, sink| {
        match json::value(piece).and_then(|value| make(&value)) {
            Ok(registration) => {
                if registration.observed.is_none() {
                    let doubt = "no time of the answer: as of when it is true is not known";
                    sink.anomaly(evidence.clone(), doubt);
                }
                let uid = demarche_core::id::short_hash(&[piece.bytes]);
                let registration_uid = format!("g1:{uid}");
                let registration = Registration { registration_uid, evidence, ..registration };
                sink.record(Record::Registration(Box::new(registration)));
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    })
}

/// Lists are cut here; a registry's answer has a handful.
const LIST: usize = 256;

/// A text or number at a path; empty when there is none.
fn text(value: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    match found {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        // Of several dates or names the first.
        Some(Value::Array(values)) => values
            .first()
            .and_then(Value::as_str)
            .map_or_else(String::new, |text| text.trim().to_owned()),
        _ => String::new(),
    }
}

/// The first of several paths with something there.
fn first(value: &Value, paths: &[&[&str]]) -> String {
    paths.iter().map(|path| text(value, path)).find(|text| !text.is_empty()).unwrap_or_default()
}

/// The first of several paths that is a time; a date means its beginning.
fn time(value: &Value, paths: &[&[&str]]) -> Option<UtcMicros> {
    paths.iter().find_map(|path| moment(&text(value, path)))
}

/// RFC 3339, a date, or seconds since the epoch.
fn moment(text: &str) -> Option<UtcMicros> {
    let text = text.trim_end_matches(" UTC");
    if let Ok(seconds) = text.parse::<i64>() {
        return UtcMicros::from_seconds(seconds).filter(|_| text.len() > 4);
    }
    UtcMicros::parse(text).or_else(|_| UtcMicros::parse(&format!("{text}T00:00:00Z"))).ok()
}

/// A host name as it is compared: lower case, without its last dot.
fn host(text: &str) -> String {
    text.trim().trim_end_matches('.').to_lowercase()
}

fn country(text: &str) -> String {
    let code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if code { text.to_uppercase() } else { String::new() }
}

#[cfg(test)]
mod tests;
