//! dnsmasq: `Mar 26 10:00:00 dnsmasq[7]: query[A] tracker.example from 10.1.2.3`; with
//! `log-queries=extra` a serial number and `client/port` before `query`; through syslog
//! with the host's name before `dnsmasq`.

use super::{Line, address};
use crate::timestamp::{self, Stamp};

pub(super) fn parse(line: &str) -> Option<Line> {
    let (stamp, rest) = timestamp::take(line).unwrap_or((Stamp::Absent, line));
    let text = message(rest)?;
    let found = text.find("query[").filter(|at| {
        // Only a serial number and the client stand before it.
        *at == 0 || text[..*at].split(' ').all(|word| word.bytes().all(is_extra))
    });
    let Some(at) = found else { return Some(Line::Other) };
    let query = || {
        let (_kind, rest) = text[at + "query[".len()..].split_once("] ")?;
        let (name, client) = rest.trim_end().rsplit_once(" from ")?;
        Some((name.to_owned(), address(client)?))
    };
    // `query[A]` cut off is a damaged line, not another kind of line.
    let (name, client) = query()?;
    Some(Line::Query { stamp, client, name })
}

fn is_extra(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'/' | b'%')
}

/// What follows `dnsmasq[123]: ` or `host dnsmasq: `.
fn message(rest: &str) -> Option<&str> {
    let (tag, text) = rest.split_once(": ")?;
    let program = tag.rsplit(' ').next().unwrap_or(tag);
    let program = program.split('[').next().unwrap_or(program);
    (program == "dnsmasq" && tag.split(' ').count() <= 2).then_some(text)
}
