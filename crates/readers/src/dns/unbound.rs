//! unbound: `[1711447200] unbound[7:0] info: 10.1.2.3 tracker.example. A IN`, with
//! `log-replies` the outcome after it (`NOERROR 0.000000 1 53`), with
//! `log-tag-queryreply` `query:` or `reply:` before the client; through syslog
//! `... unbound[7]: [7:0] info: ...`.
//!
//! With both options on, a look-up stands twice, and both lines are handed on: which of
//! them an export holds is not known beforehand.

use super::{Line, address};
use crate::timestamp::{self, Stamp};

pub(super) fn parse(line: &str) -> Option<Line> {
    let (stamp, rest) = timestamp::take(line).unwrap_or((Stamp::Absent, line));
    let at = rest.find("unbound")?;
    let before = &rest[..at];
    if before.split(' ').count() > 2 || !(before.is_empty() || before.ends_with(' ')) {
        return None;
    }
    let after = rest[at + "unbound".len()..].trim_start_matches(is_tag);
    let (level, text) = after.split_once(": ")?;
    if !matches!(level, "info" | "notice" | "warning" | "error" | "debug" | "query" | "reply") {
        return None;
    }
    let tagged = level == "query" || level == "reply";
    let untagged = text.strip_prefix("query: ").or_else(|| text.strip_prefix("reply: "));
    let text = untagged.unwrap_or(text);
    let fields: Vec<&str> = text.split(' ').collect();
    let [client, name, _kind, class, ..] = fields[..] else { return Some(Line::Other) };
    match address(client) {
        Some(client) if matches!(class, "IN" | "CH" | "HS") && (tagged || level == "info") => {
            Some(Line::Query { stamp, client, name: name.to_owned() })
        }
        _ => Some(Line::Other),
    }
}

/// `[7:0] `, and `[7]: [7:0] ` through syslog.
fn is_tag(c: char) -> bool {
    matches!(c, '[' | ']' | ':' | ' ') || c.is_ascii_digit()
}
