//! Web traffic as proxies, servers and network sensors log it: Squid `access.log`, the
//! combined format of Apache and nginx, and Zeek's `http.log`, `dns.log` and `ssl.log` as
//! TSV and as JSON lines.
//!
//! All of them hand on [`Fetch`] records, one a line. Nothing is made up: where only
//! `host:443` was seen (`CONNECT`), there is no URL with a path.

mod combined;
mod squid;
mod url;
mod zeek;

pub(crate) use squid::percent_decoded;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Fetch, Record};

use crate::lines::{Lines, first_lines, most, sniff_text};
use crate::registry::{Format, ReadError, Sink};

/// Zeek `http.log`, tab-separated with `#fields`.
pub const ZEEK_TSV: Format = Format {
    name: "zeek-http-tsv",
    sniff: |prefix| zeek::sniff_tsv(prefix, &zeek::HTTP),
    read: |member, sink| zeek::read_tsv(member, sink, &zeek::HTTP),
};

/// Zeek `http.log`, one JSON object a line.
pub const ZEEK_JSON: Format = Format {
    name: "zeek-http-json",
    sniff: |prefix| sniff_lines(prefix, |line| zeek::parse_json(line, &zeek::HTTP).is_ok()),
    read: |member, sink| read_lines(member, sink, |line| zeek::parse_json(line, &zeek::HTTP)),
};

/// Zeek `dns.log`, tab-separated with `#fields`.
pub const ZEEK_DNS_TSV: Format = Format {
    name: "zeek-dns-tsv",
    sniff: |prefix| zeek::sniff_tsv(prefix, &zeek::DNS),
    read: |member, sink| zeek::read_tsv(member, sink, &zeek::DNS),
};

/// Zeek `dns.log`, one JSON object a line.
pub const ZEEK_DNS_JSON: Format = Format {
    name: "zeek-dns-json",
    sniff: |prefix| sniff_lines(prefix, |line| zeek::parse_json(line, &zeek::DNS).is_ok()),
    read: |member, sink| read_lines(member, sink, |line| zeek::parse_json(line, &zeek::DNS)),
};

/// Zeek `ssl.log`, tab-separated with `#fields`.
pub const ZEEK_SSL_TSV: Format = Format {
    name: "zeek-ssl-tsv",
    sniff: |prefix| zeek::sniff_tsv(prefix, &zeek::SSL),
    read: |member, sink| zeek::read_tsv(member, sink, &zeek::SSL),
};

/// Zeek `ssl.log`, one JSON object a line.
pub const ZEEK_SSL_JSON: Format = Format {
    name: "zeek-ssl-json",
    sniff: |prefix| sniff_lines(prefix, |line| zeek::parse_json(line, &zeek::SSL).is_ok()),
    read: |member, sink| read_lines(member, sink, |line| zeek::parse_json(line, &zeek::SSL)),
};

/// Squid's native `access.log`.
pub const SQUID: Format = Format {
    name: "squid",
    sniff: |prefix| sniff_lines(prefix, |line| squid::parse(line).is_ok()),
    read: |member, sink| read_lines(member, sink, squid::parse),
};

/// Combined and common log format, also with a virtual host before it.
pub const COMBINED: Format = Format {
    name: "combined",
    sniff: |prefix| sniff_lines(prefix, |line| combined::parse(line).is_ok()),
    read: |member, sink| read_lines(member, sink, combined::parse),
};

/// Why a line is not a record.
type Broken = &'static str;

/// Whether most of the first lines that are no comments are of the format.
fn sniff_lines(prefix: &[u8], is: impl Fn(&[u8]) -> bool) -> bool {
    let text = sniff_text(prefix);
    let lines = first_lines(&text, 10);
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.starts_with(b"#")).collect();
    most(&lines, is)
}

/// Reads a member of one record a line; `#` begins a comment.
fn read_lines(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    parse: impl Fn(&[u8]) -> Result<Fetch, Broken>,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    while let Some(line) = lines.next(member)? {
        if line.bytes.trim_ascii().is_empty() || line.bytes.starts_with(b"#") {
            continue;
        }
        let evidence = line.cite(member);
        let parsed = match line.fault {
            Some(fault) => Err(fault),
            None => parse(line.bytes),
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

/// `-` as the empty text.
fn unset(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

#[cfg(test)]
mod tests;
