//! Passive DNS: `{"rrname", "rrtype", "rdata", "time_first", "time_last", "count", ...}`,
//! an object a line; `rdata` may be a list, which makes a record for each member. Times are
//! seconds since the epoch.

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{EvidenceRef, PassiveDns, Record};
use serde_json::Value;

use super::{LIST, host, moment, text};
use crate::json;
use crate::registry::{ReadError, Sink};

pub(super) fn sniff(prefix: &[u8]) -> bool {
    json::sniff(prefix, |element| {
        ["rrname", "rrtype", "rdata"].iter().all(|key| json::has(element, key))
    })
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    json::elements(member, sink, |piece, evidence, sink| match json::value(piece) {
        Ok(value) => object(&value, &evidence, sink),
        Err(reason) => sink.anomaly(evidence, reason),
    })
}

fn object(value: &Value, evidence: &EvidenceRef, sink: &mut Sink<'_>) {
    let (name, kind) = (host(&text(value, &["rrname"])), text(value, &["rrtype"]).to_uppercase());
    let mut data: Vec<&str> = match value.get("rdata") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if name.is_empty() || kind.is_empty() || data.is_empty() {
        return sink.anomaly(evidence.clone(), "no rrname, rrtype or rdata");
    }
    if data.len() > LIST {
        data.truncate(LIST);
        sink.anomaly(evidence.clone(), "more than 256 data, the rest not read");
    }
    // `zone_time_*` is said of zone files, where nobody asked.
    let from_zone =
        text(value, &["time_first"]).is_empty() && value.get("zone_time_first").is_some();
    let keys =
        if from_zone { ["zone_time_first", "zone_time_last"] } else { ["time_first", "time_last"] };
    let [first_seen, last_seen] = keys.map(|key| moment(&text(value, &[key])));
    if first_seen.is_none() || last_seen.is_none() {
        sink.anomaly(evidence.clone(), "no time when it was first or last seen");
    }
    let count = value.get("count").and_then(Value::as_u64).unwrap_or(0);
    for datum in data {
        let data = data_of(&kind, datum);
        let times = format!("{first_seen:?} {last_seen:?} {from_zone}");
        let parts = [&name, &kind, &data, &times].map(|part| part.as_bytes());
        sink.record(Record::PassiveDns(Box::new(PassiveDns {
            dns_uid: format!("d1:{}", short_hash(&parts)),
            name: name.clone(),
            kind: kind.clone(),
            data,
            first_seen,
            last_seen,
            count,
            from_zone,
            sensor: text(value, &["sensor_id"]),
            evidence: evidence.clone(),
        })));
    }
}

fn data_of(kind: &str, datum: &str) -> String {
    match kind {
        "A" | "AAAA" => {
            datum.parse().map_or_else(|_| datum.to_owned(), |ip: std::net::IpAddr| ip.to_string())
        }
        "CNAME" | "NS" | "PTR" | "DNAME" => host(datum),
        _ => datum.to_owned(),
    }
}
