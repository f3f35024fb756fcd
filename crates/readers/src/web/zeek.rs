//! Zeek's `http.log`, `dns.log` and `ssl.log` (docs.zeek.org, logs): tab-separated with a
//! `#fields` line, in whatever order, and JSON lines.
//!
//! A request's URL is `http://` + `host` + `uri`: the sensor sees plain HTTP only. A
//! missing `Host` header is replaced by the address that answered. Requests to a proxy
//! carry an absolute `uri`, which is kept. Look-ups and handshakes show a name only: see
//! [`Fetch::NAME_KINDS`].

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

/// Gives a record's field by name; empty when it is not there.
type Get<'g> = &'g dyn Fn(&str) -> String;

/// One of Zeek's logs.
pub(super) struct Log {
    /// Columns without which a table is another one.
    columns: &'static [&'static str],
    /// Keys of which an object has at least one, beside `id.orig_h`; none of `never`.
    keys: &'static [&'static str],
    never: &'static [&'static str],
    fetch: fn(UtcMicros, Get<'_>) -> Result<Fetch, Broken>,
}

pub(super) const HTTP: Log = Log {
    columns: &["ts", "id.orig_h", "method", "uri"],
    keys: &["method", "uri"],
    never: &[],
    fetch: http,
};

pub(super) const DNS: Log = Log {
    columns: &["ts", "id.orig_h", "query", "qtype_name"],
    keys: &["qtype_name", "qtype", "qclass", "trans_id"],
    never: &["method", "uri", "server_name"],
    fetch: dns,
};

pub(super) const SSL: Log = Log {
    columns: &["ts", "id.orig_h", "server_name", "cipher"],
    keys: &["server_name", "cipher", "ssl_history"],
    never: &["method", "uri", "query"],
    fetch: ssl,
};

pub(super) fn sniff_tsv(prefix: &[u8], log: &Log) -> bool {
    let text = sniff_text(prefix);
    let mut heading = Heading::default();
    let lines = first_lines(&text, 16);
    lines.first().is_some_and(|line| line.starts_with(b"#separator"))
        && lines.iter().take_while(|line| line.starts_with(b"#")).any(|line| {
            heading.take(&String::from_utf8_lossy(line));
            log.columns.iter().all(|name| heading.columns.contains_key(*name))
        })
}

pub(super) fn read_tsv(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    log: &Log,
) -> Result<(), ReadError> {
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
            None => heading.parse(&line.text(), log),
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

    fn parse(&self, line: &str, log: &Log) -> Result<Fetch, Broken> {
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
        (log.fetch)(time.ok_or("ts is not a time")?, &get)
    }
}

/// One JSON object; `Err` when it is no record of `log`.
pub(super) fn parse_json(line: &[u8], log: &Log) -> Result<Fetch, Broken> {
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("not a JSON object");
    }
    let value: Value = serde_json::from_slice(line).map_err(|_| "not JSON")?;
    let map = value.as_object().ok_or("not a JSON object")?;
    let has = |key: &&str| map.contains_key(*key);
    if !has(&"id.orig_h") || !log.keys.iter().any(has) || log.never.iter().any(has) {
        return Err("not a record of this log: other keys");
    }
    let get = |name: &str| match map.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let ts = get("ts");
    // The shortest decimal form of a double, so a plain fraction for our centuries.
    let time = epoch(&ts).or_else(|| UtcMicros::parse(&ts).ok());
    (log.fetch)(time.ok_or("ts is not a time")?, &get)
}

/// A look-up of a name.
fn dns(time: UtcMicros, get: Get<'_>) -> Result<Fetch, Broken> {
    let name = get("query");
    if name.is_empty() {
        return Err("a DNS message without a question");
    }
    let host = name.trim_end_matches('.').to_lowercase();
    named("zeek-dns", "DNS", time, client(get)?, host, name)
}

/// A TLS handshake: the server's name where the client sent it in the clear, else the
/// address; `url` is `host:port`, as after `CONNECT`.
fn ssl(time: UtcMicros, get: Get<'_>) -> Result<Fetch, Broken> {
    let (name, address, port) = (get("server_name"), get("id.resp_h"), get("id.resp_p"));
    let host = if name.is_empty() { address } else { name };
    if host.is_empty() {
        return Err("neither server_name nor id.resp_h");
    }
    let target = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let url = if port.is_empty() { target } else { format!("{target}:{port}") };
    named("zeek-ssl", "TLS", time, client(get)?, host.to_lowercase(), url)
}

fn named(
    kind: &str,
    method: &str,
    time: UtcMicros,
    client: String,
    host: String,
    url: String,
) -> Result<Fetch, Broken> {
    let (kind, method) = (kind.to_owned(), method.to_owned());
    Ok(Fetch { kind, method, time: Some(time), client, host, url, ..Fetch::default() })
}

fn client(get: Get<'_>) -> Result<String, Broken> {
    let client = get("id.orig_h");
    if client.is_empty() { Err("no id.orig_h") } else { Ok(client.to_lowercase()) }
}

/// A request.
fn http(time: UtcMicros, get: Get<'_>) -> Result<Fetch, Broken> {
    let client = client(get)?;
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
        client,
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
