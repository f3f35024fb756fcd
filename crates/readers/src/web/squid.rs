//! Squid's native log (wiki.squid-cache.org, Features/LogFormat):
//! `time elapsed client code/status bytes method URL user hierarchy/from type`,
//! separated by spaces; time is seconds since the epoch with milliseconds.

use demarche_core::{Fetch, UtcMicros};

use super::{Broken, unset, url};

/// Reads one line; fields that a custom format adds at its end are passed over.
pub(super) fn parse(line: &[u8]) -> Result<Fetch, Broken> {
    let text = String::from_utf8_lossy(line);
    let mut fields = text.split_ascii_whitespace();
    let mut field = || fields.next().ok_or("not ten fields");
    let time = epoch(field()?).ok_or("time is not seconds since the epoch")?;
    field()?.parse::<i64>().map_err(|_| "elapsed time is not a number")?;
    let client = field()?;
    let (code, status) = field()?.rsplit_once('/').ok_or("result is not code/status")?;
    if !code.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err("result is not code/status");
    }
    let status = unset(status).parse().unwrap_or(0);
    field()?.parse::<u64>().map_err(|_| "bytes is not a number")?;
    let (method, target, user) = (field()?, field()?, field()?);
    let (_hierarchy, _content_type) = (field()?, field()?);
    let (target, host) = url::request(method, target, "");
    Ok(Fetch {
        kind: "squid".into(),
        time: Some(time),
        client: url::without_port(client).to_lowercase(),
        account: unset(&percent_decoded(user)).to_lowercase(),
        method: unset(method).to_owned(),
        url: target,
        host,
        status,
        ..Fetch::default()
    })
}

/// Seconds since the epoch with a fraction, exactly.
pub(super) fn epoch(text: &str) -> Option<UtcMicros> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if seconds.is_empty() || seconds.len() > 12 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole = seconds.parse::<i64>().ok()?.checked_mul(UtcMicros::SECOND)?;
    UtcMicros::from_micros(whole + micros.parse::<i64>().ok()?)
}

/// Undoes percent-encoding: Squid writes user names RFC 1738-escaped.
pub(crate) fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
