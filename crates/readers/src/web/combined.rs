//! The combined log format of Apache (httpd.apache.org, mod_log_config) and nginx:
//! `client ident user [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326
//! "referrer" "agent"`; without the last two fields (common log format); with
//! `vhost:port` before it (`vhost_combined`); and with absolute URLs, as forward
//! proxies write it.
//!
//! A virtual host on port 443 is taken as `https`, on another as `http`; without one
//! the URL of a server's log is the path as logged.

use std::borrow::Cow;

use demarche_core::{Fetch, UtcMicros};

use super::{Broken, unset, url};

/// Reads one line; what a custom format adds at its end is passed over.
pub(super) fn parse(line: &[u8]) -> Result<Fetch, Broken> {
    let text = String::from_utf8_lossy(line);
    let (head, rest) = text.split_once(" [").ok_or("no time in brackets")?;
    let (stamp, rest) = rest.split_once("] ").ok_or("no time in brackets")?;
    let time = time(stamp).ok_or("time is not day/month/year:time zone")?;
    let (host, client, user) = head_fields(head)?;
    let (request, rest) = quoted(rest).ok_or("no request in quotes")?;
    let mut fields = rest.split_ascii_whitespace();
    let status = fields.next().ok_or("no status")?;
    if status.len() != 3 && status != "-" {
        return Err("status is not three digits");
    }
    let status = match unset(status) {
        "" => 0,
        digits => digits.parse().map_err(|_| "status is not three digits")?,
    };
    let bytes = fields.next().ok_or("no size")?;
    if !unset(bytes).bytes().all(|b| b.is_ascii_digit()) {
        return Err("size is not a number");
    }
    let rest = rest.split_once('"').map_or("", |(before, _)| &rest[before.len()..]);
    let (referrer, rest) = quoted(rest).unwrap_or_default();
    let (user_agent, _) = quoted(rest.trim_start()).unwrap_or_default();
    let (method, target) = request_line(&request);
    let (url, host) = url::request(method, target, &origin(host));
    Ok(Fetch {
        kind: "combined".into(),
        time: Some(time),
        client: client.to_lowercase(),
        account: unset(user.trim_matches('"')).to_lowercase(),
        method: method.to_owned(),
        url,
        host,
        status,
        user_agent: unset(&user_agent).to_owned(),
        referrer: unset(&referrer).to_owned(),
        ..Fetch::default()
    })
}

/// Virtual host (or nothing), client and user of what stands before the time. A user
/// name may hold spaces.
fn head_fields(head: &str) -> Result<(&str, &str, &str), Broken> {
    const TOO_FEW: Broken = "not client, ident and user before the time";
    let (first, rest) = head.split_once(' ').ok_or(TOO_FEW)?;
    let (second, third) = rest.split_once(' ').ok_or(TOO_FEW)?;
    match third.split_once(' ') {
        // vhost client ident user: what follows the host is an address or a name.
        Some((_ident, user)) if second != "-" && looks_like_client(second) => {
            Ok((first, second, user))
        }
        _ if looks_like_client(first) => Ok(("", first, third)),
        _ => Err(TOO_FEW),
    }
}

fn looks_like_client(text: &str) -> bool {
    let chars = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '%');
    !text.is_empty()
        && text.chars().all(chars)
        && (text.contains(['.', ':']) || text == "localhost")
}

/// `https://host` or `http://host:port` of `host:port`.
fn origin(vhost: &str) -> String {
    match vhost.rsplit_once(':') {
        _ if vhost.is_empty() => String::new(),
        Some((host, "443")) => format!("https://{host}"),
        Some((host, "80")) => format!("http://{host}"),
        _ => format!("http://{vhost}"),
    }
}

/// Method and target of `GET /a HTTP/1.0`; a line that is none (`-`, TLS bytes sent to
/// a plain port) has no method, and stands as target.
fn request_line(request: &str) -> (&str, &str) {
    let target = |rest: &'_ str| -> usize {
        rest.rfind(' ').filter(|at| rest[at + 1..].starts_with("HTTP/")).unwrap_or(rest.len())
    };
    match request.split_once(' ') {
        Some((method, rest))
            if !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()) =>
        {
            (method, &rest[..target(rest)])
        }
        _ => ("", unset(request)),
    }
}

/// The quoted text that `text` begins with, escapes undone, and what follows it.
/// Apache and nginx escape as C does: `\"`, `\\`, `\n`, `\t`, `\x22`.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let body = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = body.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let (inside, rest) = (&body[..end], &body[end + 1..]);
    Some((if inside.contains('\\') { unescaped(inside).into() } else { inside.into() }, rest))
}

/// Undoes C escapes; an unknown one stays as it stands.
pub(super) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, used) = match after {
            [b'"', ..] => (b'"', 1),
            [b'\\', ..] => (b'\\', 1),
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'x', high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'\\', 0),
            },
            _ => (b'\\', 0),
        };
        bytes.push(byte);
        rest = &after[used..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// `10/Oct/2000:13:55:36 -0700`.
fn time(text: &str) -> Option<UtcMicros> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (stamp, zone) = text.split_once(' ')?;
    let (date, clock) = stamp.split_once(':')?;
    let mut parts = date.splitn(3, '/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let zone = match zone.len() {
        5 if zone.is_ascii() => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => return None,
    };
    UtcMicros::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}{zone}")).ok()
}
