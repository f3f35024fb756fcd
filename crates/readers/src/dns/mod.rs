//! Query logs of resolvers: dnsmasq, unbound, BIND.
//!
//! A query is handed on as a [`Fetch`] of a *name-only* kind
//! ([`Fetch::NAME_KINDS`](demarche_core::Fetch::NAME_KINDS)): `method` is `DNS`, `host`
//! the name in lower case without its last dot, `url` the name as logged. That a name was
//! looked up shows neither that anything was fetched nor, where it is missing, that
//! nothing was: caches answer without a look-up, and link scanners look up too.
//!
//! Answers, upstream questions and start-up lines are counted and said, not stored. A
//! time without a year (syslog's old form, `Mar 26 10:00:00`) is no time: the record is
//! kept without one and the member's anomaly says how many.

mod bind;
mod dnsmasq;
mod unbound;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{EvidenceRef, Fetch, Record};

use crate::lines::{Lines, first_lines, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use crate::timestamp::{Stamp, Times};

/// dnsmasq with `log-queries` (thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html).
pub const DNSMASQ: Format = Format {
    name: "dnsmasq",
    sniff: |prefix| sniff(prefix, dnsmasq::parse),
    read: |member, sink| read(member, sink, "dnsmasq", dnsmasq::parse),
};

/// unbound with `log-queries` or `log-replies` (unbound.conf(5)).
pub const UNBOUND: Format = Format {
    name: "unbound",
    sniff: |prefix| sniff(prefix, unbound::parse),
    read: |member, sink| read(member, sink, "unbound", unbound::parse),
};

/// BIND's category `queries` (bind9.readthedocs.io, Administrator Reference Manual,
/// "Query Logging").
pub const BIND: Format = Format {
    name: "bind",
    sniff: |prefix| sniff(prefix, bind::parse),
    read: |member, sink| read(member, sink, "bind", bind::parse),
};

/// What a line of a resolver's log says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Somebody asked for a name.
    Query { stamp: Stamp, client: String, name: String },
    /// The daemon's, but no query: an answer, a forward, a message.
    Other,
}

type Parse = fn(&str) -> Option<Line>;

/// Lines looked at before choosing.
const FIRST: usize = 60;

/// Whether more than half of the first lines are the daemon's and one is a query.
fn sniff(prefix: &[u8], parse: Parse) -> bool {
    let text = sniff_text(prefix);
    let lines = first_lines(&text, FIRST);
    let (mut queries, mut others) = (0, 0);
    for line in &lines {
        match parse(&String::from_utf8_lossy(line)) {
            Some(Line::Query { .. }) => queries += 1,
            Some(Line::Other) => others += 1,
            None => {}
        }
    }
    queries > 0 && (queries + others) * 2 > lines.len()
}

fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    kind: &str,
    parse: Parse,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    let mut times = Times::default();
    let mut other: Option<(EvidenceRef, u64)> = None;
    while let Some(line) = lines.next(member)? {
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        let evidence = line.cite(member);
        if let Some(fault) = line.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        match parse(&line.text()) {
            Some(Line::Query { stamp, client, name }) => {
                let time = times.take(stamp, &evidence);
                let fetch_uid = format!("f1:{}", short_hash(&[kind.as_bytes(), line.bytes]));
                let host = name.trim_end_matches('.').to_lowercase();
                let (kind, method) = (kind.to_owned(), "DNS".to_owned());
                sink.record(Record::Fetch(Box::new(Fetch {
                    fetch_uid,
                    kind,
                    time,
                    client,
                    method,
                    url: name,
                    host,
                    evidence,
                    ..Fetch::default()
                })));
            }
            Some(Line::Other) => other.get_or_insert((evidence, 0)).1 += 1,
            None => sink.anomaly(evidence, "not a line of this resolver's log"),
        }
    }
    if let Some((first, count)) = other {
        sink.anomaly(first, format!("{count} lines from here on are no queries, not stored"));
    }
    times.say(sink);
    Ok(())
}

/// Text between `open` and the next `close`, and what follows.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(open)?.split_once(close)
}

/// An address as resolvers log it, without an IPv6 zone, in canonical form.
fn address(text: &str) -> Option<String> {
    let text = text.split('%').next().unwrap_or(text);
    text.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_canonical().to_string())
}

#[cfg(test)]
mod tests;
