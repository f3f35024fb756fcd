//! Zeek's `http.log` (docs.zeek.org, logs/http): tab-separated with a `#fields` line,
//! in whatever order, and JSON lines.
//!
//! A request's URL is `http://` + `host` + `uri`: the sensor sees plain HTTP only. A
//! missing `Host` header is replaced by the address that answered. Requests to a proxy
//! carry an absolute `uri`, which is kept.

use std::collections::BTreeMap;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Fetch, Record, UtcMicros};
use serde_json::Value;

use super::combined::unescaped;
use super::squid::epoch;
use super::{Broken, unset, url};
use crate::lines::{Lines, first_lines, sniff_text};
use crate::registry::{ReadError, Sink};

/// The columns that make a table of requests.
const NEEDED: [&str; 4] = ["ts", "id.orig_h", "method", "uri"];

pub(super) fn sniff_tsv(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let mut heading = Heading::default();
    let lines = first_lines(&text, 16);
    lines.first().is_some_and(|line| line.starts_with(b"#separator"))
        && lines.iter().take_while(|line| line.starts_with(b"#")).any(|line| {
            heading.take(&String::from_utf8_lossy(line));
            NEEDED.iter().all(|name| heading.columns.contains_key(*name))
        })
}

pub(super) fn read_tsv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    let mut heading = Heading::default();
    while let Some(line) = lines.next(member)? {
        if line.bytes.is_empty() {
            continue;
        }
        if line.bytes.starts_with(b"#") {
            // Logs put one after the other bring a heading each.
            heading.take(&line.text());
            continue;
        }
        let evidence = line.cite(member);
        let parsed = match line.fault {
            Some(fault) => Err(fault),
            None => heading.parse(&line.text()),
        };
        match parsed {
            Ok(fetch) => {
                let fetch_uid = format!("f1:{}", short_hash(&[line.bytes]));
                sink.record(Record::Fetch(Box::new(Fetch { fetch_uid, evidence, ..fetch })));
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    Ok(())
}

/// What the `#` lines say.
#[derive(Clone, Debug)]
struct Heading {
    separator: String,
    unset: String,
    empty: String,
    columns: BTreeMap<String, usize>,
}

impl Default for Heading {
    fn default() -> Self {
        Self {
            separator: "\t".into(),
            unset: "-".into(),
            empty: "(empty)".into(),
            columns: BTreeMap::new(),
        }
    }
}

impl Heading {
    fn take(&mut self, line: &str) {
        if let Some(separator) = line.strip_prefix("#separator ") {
            let separator = unescaped(separator.trim());
            self.separator = if separator.is_empty() { "\t".into() } else { separator };
            return;
        }
        let Some((key, rest)) = line.split_once(self.separator.as_str()) else { return };
        match key {
            "#unset_field" => rest.clone_into(&mut self.unset),
            "#empty_field" => rest.clone_into(&mut self.empty),
            "#fields" => {
                let names = rest.split(self.separator.as_str()).take(1024);
                self.columns = names.enumerate().map(|(at, name)| (name.into(), at)).collect();
            }
            _ => {}
        }
    }

    fn parse(&self, line: &str) -> Result<Fetch, Broken> {
        let fields: Vec<&str> = line.split(self.separator.as_str()).take(1024).collect();
        if fields.len() < self.columns.len() {
            return Err("fewer fields than the heading names");
        }
        let get = |name: &str| {
            let field = self.columns.get(name).and_then(|at| fields.get(*at)).copied();
            match field.unwrap_or("") {
                field if field == self.unset || field == self.empty => String::new(),
                field if field.contains("\\x") => unescaped(field),
                field => field.to_owned(),
            }
        };
        let time = epoch(&get("ts")).or_else(|| UtcMicros::parse(&get("ts")).ok());
        fetch(time.ok_or("ts is not a time")?, &get)
    }
}

/// One JSON object; `Err` when it is no request.
pub(super) fn parse_json(line: &[u8]) -> Result<Fetch, Broken> {
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("not a JSON object");
    }
    let value: Value = serde_json::from_slice(line).map_err(|_| "not JSON")?;
    let map = value.as_object().ok_or("not a JSON object")?;
    if !map.contains_key("id.orig_h") || !["method", "uri"].iter().any(|key| map.contains_key(*key))
    {
        return Err("not an http.log record: no id.orig_h with method or uri");
    }
    let get = |name: &str| match map.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let ts = get("ts");
    // The shortest decimal form of a double, so a plain fraction for our centuries.
    let time = epoch(&ts).or_else(|| UtcMicros::parse(&ts).ok());
    fetch(time.ok_or("ts is not a time")?, &get)
}

fn fetch(time: UtcMicros, get: &dyn Fn(&str) -> String) -> Result<Fetch, Broken> {
    let client = get("id.orig_h");
    if client.is_empty() {
        return Err("no id.orig_h");
    }
    let (method, uri) = (get("method"), get("uri"));
    let mut host = get("host");
    if host.is_empty() {
        host = get("id.resp_h");
    }
    if host.contains(':') && !host.starts_with('[') && host == url::without_port(&host) {
        host = format!("[{host}]");
    }
    let origin = if host.is_empty() { String::new() } else { format!("http://{host}") };
    let (target, host) = url::request(&method, &uri, &origin);
    Ok(Fetch {
        kind: "zeek-http".into(),
        time: Some(time),
        client: client.to_lowercase(),
        account: unset(&get("username")).to_lowercase(),
        method,
        url: target,
        host,
        status: get("status_code").parse().unwrap_or(0),
        user_agent: get("user_agent"),
        referrer: get("referrer"),
        ..Fetch::default()
    })
}
