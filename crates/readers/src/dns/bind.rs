//! BIND: `26-Mar-2024 10:00:00.123 queries: info: client @0x7f 10.1.2.3#5353
//! (tracker.example): view in: query: tracker.example IN A +E(0)K (10.0.0.53)`; category,
//! level, the client's handle and the view are there as configured; through syslog
//! `... named[7]: client ...`.

use super::{Line, address, between};
use crate::timestamp::{self, Stamp};

pub(super) fn parse(line: &str) -> Option<Line> {
    let (stamp, rest) = timestamp::take(line).unwrap_or((Stamp::Absent, line));
    let Some(at) = rest.find("client ").filter(|at| is_head(&rest[..*at])) else {
        return rest.contains("named[").then_some(Line::Other);
    };
    let mut text = &rest[at + "client ".len()..];
    if text.starts_with('@') {
        text = text.split_once(' ')?.1;
    }
    let (client, text) = text.split_once('#')?;
    let client = address(client)?;
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = match between(text, "/key ", " ") {
        Some((_, text)) => text,
        None => text.trim_start(),
    };
    let text = between(text, "(", "): ").map_or(text, |(_, text)| text);
    let text = text.strip_prefix(": ").unwrap_or(text);
    let text = between(text, "view ", ": ").map_or(text, |(_, text)| text);
    let Some(query) = text.strip_prefix("query: ") else { return Some(Line::Other) };
    let mut fields = query.split(' ');
    let (name, class, _kind) = (fields.next()?, fields.next()?, fields.next()?);
    if name.is_empty() || class.is_empty() {
        return None;
    }
    Some(Line::Query { stamp, client, name: name.to_owned() })
}

/// What may stand between the time and `client`: host and `named[7]: `, category, level.
fn is_head(head: &str) -> bool {
    head.is_empty()
        || head.split_terminator(": ").all(|part| {
            matches!(part, "queries" | "query-errors" | "security" | "client" | "resolver")
                || matches!(part, "info" | "notice" | "warning" | "error")
                || part.split(' ').count() <= 2 && part.contains("named")
        })
}
