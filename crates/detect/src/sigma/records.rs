//! Requests, look-ups of names and look-ups of call records in the form of events, so
//! that rules can be asked of them.
//!
//! Field names are those of Sigma's taxonomy for proxies, web servers and DNS
//! (<https://sigmahq.io/docs/basics/log-sources.html>) and Zeek's own. Of a look-up of
//! call records there is no taxonomy: `docs/adding/rule.md` lists the fields.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Event, Fetch, RecordLookup, RosterEntry, UtcMicros};
use serde_json::{Map, Value, json};

use super::sources::{DNS, LOOKUPS, PROXY, WEB};

/// Fields that requests and look-ups of names have; a rule that needs another cannot work.
pub(super) const FETCH_FIELDS: [&str; 31] = [
    "c-uri",
    "cs-uri",
    "r-uri",
    "uri",
    "c-uri-query",
    "cs-uri-query",
    "c-uri-stem",
    "cs-uri-stem",
    "c-uri-extension",
    "cs-method",
    "method",
    "cs-host",
    "r-dns",
    "host",
    "sc-status",
    "status_code",
    "c-useragent",
    "cs-user-agent",
    "user_agent",
    "cs-referer",
    "cs-referrer",
    "referrer",
    "cs-username",
    "c-ip",
    "src_ip",
    "id.orig_h",
    "query",
    "QueryName",
    "dst_ip",
    "id.resp_h",
    "account",
];

/// Providers that these records have as events.
#[must_use]
pub fn providers(fetches: &[Fetch], lookups: &[RecordLookup]) -> BTreeSet<String> {
    let mut providers: BTreeSet<String> =
        fetches.iter().filter_map(provider).map(str::to_owned).collect();
    providers.extend((!lookups.is_empty()).then(|| LOOKUPS.to_owned()));
    providers
}

fn provider(fetch: &Fetch) -> Option<&'static str> {
    match (fetch.kind.as_str(), fetch.method.as_str()) {
        (_, "TLS") => None,
        (_, "DNS") => Some(DNS),
        ("combined", _) => Some(WEB),
        _ => Some(PROXY),
    }
}

/// A request or a look-up of a name as an event; nothing for the beginning of an
/// encrypted connection, of which no kind of rule is asked.
#[must_use]
pub fn of_fetch(fetch: &Fetch) -> Option<Event> {
    let provider = provider(fetch)?;
    let mut detail = Map::new();
    let mut put = |names: &[&str], value: &str| {
        if !value.is_empty() {
            detail.extend(names.iter().map(|name| ((*name).to_owned(), Value::from(value))));
        }
    };
    put(&["c-ip", "src_ip", "id.orig_h"], &fetch.client);
    if provider == DNS {
        put(&["query", "QueryName", "cs-host", "host"], &fetch.host);
    } else {
        let path = match fetch.url.split_once("://") {
            Some((_, rest)) => &rest[rest.find(['/', '?']).unwrap_or(rest.len())..],
            None => fetch.url.as_str(),
        };
        let (stem, query) = path.split_once('?').unwrap_or((path, ""));
        let extension = stem.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
        put(&["c-uri", "cs-uri", "r-uri"], &fetch.url);
        put(&["uri"], path);
        put(&["c-uri-query", "cs-uri-query"], query);
        put(&["c-uri-stem", "cs-uri-stem"], stem);
        put(&["c-uri-extension"], extension.map_or("", |(_, extension)| extension));
        put(&["cs-method", "method"], &fetch.method);
        put(&["cs-host", "r-dns", "host"], &fetch.host);
        put(&["c-useragent", "cs-user-agent", "user_agent"], &fetch.user_agent);
        put(&["cs-referer", "cs-referrer", "referrer"], &fetch.referrer);
        put(&["cs-username"], &fetch.account);
        if fetch.host.parse::<std::net::IpAddr>().is_ok() {
            put(&["dst_ip", "id.resp_h"], &fetch.host);
        }
        if fetch.status > 0 {
            for name in ["sc-status", "status_code"] {
                detail.insert(name.to_owned(), fetch.status.into());
            }
        }
    }
    let account = if fetch.account.is_empty() { &fetch.client } else { &fetch.account };
    Some(Event {
        event_uid: fetch.fetch_uid.clone(),
        provider: provider.into(),
        time: fetch.time,
        operation: fetch.method.clone(),
        account: account.clone(),
        actor: fetch.account.clone(),
        source_ip: fetch.client.clone(),
        user_agent: fetch.user_agent.clone(),
        target: fetch.url.clone(),
        detail: Value::Object(detail).to_string(),
        evidence: fetch.evidence.clone(),
        ..Event::default()
    })
}

/// Hours of the week in which fewer than one in five hundred look-ups fall are out of
/// hours, once there are look-ups enough to say so.
const OFF_HOURS: usize = 500;
const ENOUGH: usize = 500;

/// Look-ups of call records as events. Who is protected, and whose family, is the
/// roster's word at the time; what is out of hours is told from the look-ups themselves:
/// no time zone is known here.
#[must_use]
pub fn of_lookups(lookups: &[RecordLookup], roster: &[RosterEntry]) -> Vec<Event> {
    let mut numbers: BTreeMap<String, Vec<&RosterEntry>> = BTreeMap::new();
    for entry in roster {
        for phone in &entry.phones {
            numbers.entry(digits(phone)).or_default().push(entry);
        }
    }
    let mut hours = [0_usize; 168];
    for time in lookups.iter().filter_map(|lookup| lookup.time) {
        hours[hour_of_week(time)] += 1;
    }
    let known: usize = hours.iter().sum();
    let out_of_hours = |time: UtcMicros| {
        let near = [167, 0, 1].map(|by| hours[(hour_of_week(time) + by) % 168]);
        let near: usize = near.iter().sum();
        known >= ENOUGH && near * OFF_HOURS < 3 * known
    };
    let event = |lookup: &RecordLookup| {
        let valid = |entry: &&&RosterEntry| lookup.time.is_none_or(|time| entry.valid_at(time));
        let at = numbers.get(&digits(&lookup.subject_number));
        let people: Vec<&&RosterEntry> = at.into_iter().flatten().filter(valid).collect();
        let all = |of: &dyn Fn(&RosterEntry) -> Vec<String>| -> Vec<String> {
            let values: BTreeSet<String> = people.iter().flat_map(|entry| of(entry)).collect();
            values.into_iter().collect()
        };
        let mut detail = json!({
            "operator": lookup.operator,
            "subject_number": lookup.subject_number,
            "rows": lookup.rows,
            "protected": !people.is_empty(),
            "kind": all(&|entry| vec![entry.kind.clone()]),
            "groups": all(&|entry| entry.groups.clone()),
            "institution": all(&|entry| vec![entry.institution.clone()]),
            "out_of_hours": lookup.time.is_some_and(out_of_hours),
        });
        if !lookup.purpose.trim().is_empty() {
            detail["purpose"] = lookup.purpose.trim().into();
        }
        Event {
            event_uid: lookup.lookup_uid.clone(),
            provider: LOOKUPS.into(),
            time: lookup.time,
            operation: "record_lookup".into(),
            account: lookup.subject_number.clone(),
            actor: lookup.operator.to_lowercase(),
            source_ip: lookup.source_ip.clone(),
            target: lookup.subject_number.clone(),
            detail: detail.to_string(),
            evidence: lookup.evidence.clone(),
            ..Event::default()
        }
    };
    lookups.iter().map(event).collect()
}

/// A number without its spaces, dashes and international prefix.
fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    digits.strip_prefix("00").map_or(digits.clone(), str::to_owned)
}

fn hour_of_week(time: UtcMicros) -> usize {
    let hours = time.seconds().div_euclid(3600).rem_euclid(168);
    usize::try_from(hours).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_names_rules_use() {
        let fetch = Fetch {
            fetch_uid: "f1:1".into(),
            kind: "squid".into(),
            client: "10.0.0.9".into(),
            method: "GET".into(),
            url: "http://evil.example/a/b.php?x=1".into(),
            host: "evil.example".into(),
            status: 404,
            ..Fetch::default()
        };
        let event = of_fetch(&fetch).expect("a request");
        let detail: Value = serde_json::from_str(&event.detail).expect("JSON");
        assert_eq!(event.provider, PROXY);
        assert_eq!(
            (&detail["c-uri-query"], &detail["uri"], &detail["c-uri-extension"]),
            (&json!("x=1"), &json!("/a/b.php?x=1"), &json!("php"))
        );
        assert_eq!(detail["sc-status"], json!(404));
        let keys = detail.as_object().expect("object").keys();
        for key in keys {
            assert!(FETCH_FIELDS.contains(&key.as_str()), "{key}");
        }
        let dns = Fetch { method: "DNS".into(), kind: "dnsmasq".into(), ..fetch.clone() };
        assert_eq!(of_fetch(&dns).map(|event| event.provider).as_deref(), Some(DNS));
        assert_eq!(of_fetch(&Fetch { method: "TLS".into(), ..fetch }), None);
    }

    #[test]
    fn a_look_up_knows_whom_the_roster_protects() {
        let lookup = |number: &str, at: i64| RecordLookup {
            lookup_uid: format!("l1:{at}"),
            subject_number: number.into(),
            operator: "OP1".into(),
            time: UtcMicros::from_micros(at * UtcMicros::DAY + 36_000_000_000),
            ..RecordLookup::default()
        };
        let person = RosterEntry {
            phones: vec!["+32 470 00 00 01".into()],
            kind: "linked".into(),
            to: UtcMicros::from_micros(100 * UtcMicros::DAY),
            ..RosterEntry::default()
        };
        let mut lookups = vec![lookup("0032470000001", 1), lookup("+32470000001", 200)];
        let events = of_lookups(&lookups, &[person]);
        let detail = |n: usize| serde_json::from_str::<Value>(&events[n].detail).expect("JSON");
        assert_eq!(
            (&detail(0)["protected"], &detail(1)["protected"]),
            (&json!(true), &json!(false))
        );
        assert_eq!((&detail(0)["kind"], detail(0).get("purpose")), (&json!(["linked"]), None));
        assert_eq!(events[0].actor, "op1");
        // Ten in the morning on each of 600 days; once at night.
        lookups = (0..600).map(|day| lookup("1", day)).collect();
        lookups
            .push(RecordLookup { time: UtcMicros::from_micros(10_800_000_000), ..lookup("1", 0) });
        let late = of_lookups(&lookups, &[]);
        let off = |event: &Event| event.detail.contains("\"out_of_hours\":true");
        assert_eq!(late.iter().filter(|event| off(event)).count(), 1);
        assert!(off(&late[600]));
    }
}
