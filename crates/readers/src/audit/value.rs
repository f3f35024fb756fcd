//! Reading the members of an audit record: texts, times, addresses.

use std::net::IpAddr;

use super::tree::{Map, Value};
use demarche_core::UtcMicros;

/// The text under `key` without space around it; empty when there is none.
pub(crate) fn text<'m>(map: &'m Map, key: &str) -> &'m str {
    map.get(key).and_then(Value::as_str).map_or("", str::trim)
}

/// The text at `path`, through objects; empty when there is none.
pub(crate) fn at<'m>(map: &'m Map, path: &[&str]) -> &'m str {
    match path {
        [] => "",
        [key] => text(map, key),
        [key, rest @ ..] => map.get(key).and_then(Value::as_object).map_or("", |m| at(m, rest)),
    }
}

/// The first of `paths` that is not empty.
pub(crate) fn first<'m>(map: &'m Map, paths: &[&[&str]]) -> &'m str {
    paths.iter().map(|path| at(map, path)).find(|text| !text.is_empty()).unwrap_or("")
}

/// The members of the array under `key`.
pub(crate) fn list<'m>(map: &'m Map, key: &str) -> impl Iterator<Item = &'m Value> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A member as text: numbers and booleans as JSON writes them, lists joined by `;`,
/// other things empty.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(";"),
        // Windows PowerShell wraps times: `{"value": "/Date(1)/", "DateTime": "..."}`.
        Value::Object(map) => map.get("value").map(plain).unwrap_or_default(),
        Value::Null => String::new(),
    }
}

/// `2021-05-18T21:13:33`, UTC by the schema; or `5/18/2021 9:13:33 PM`, month first, as
/// `CreationDate` columns have it; or `/Date(1621372413000)/` as Windows PowerShell's
/// `ConvertTo-Json` writes times.
pub(crate) fn time(text: &str) -> Option<UtcMicros> {
    if let Ok(time) = UtcMicros::parse(text) {
        return Some(time);
    }
    if let Some(millis) = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")) {
        let millis: i64 = millis.parse().ok()?;
        return millis.checked_mul(1_000).and_then(UtcMicros::from_micros);
    }
    let mut words = text.split_ascii_whitespace();
    let (date, clock, half) = (words.next()?, words.next()?, words.next());
    let mut parts = date.split('/').map(|part| part.parse::<u32>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let hour = match half {
        Some("PM") if hour < 12 => hour + 12,
        Some("AM") if hour == 12 => 0,
        _ => hour,
    };
    let iso = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    UtcMicros::parse(&iso).ok()
}

/// The address of `1.2.3.4`, `1.2.3.4:555`, `[::1]:555`, `::ffff:1.2.3.4`; of a list the
/// first.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.split([',', ';']).next()?.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => match text.rsplit_once(':') {
            Some((host, _)) if !host.contains(':') => host,
            _ => text,
        },
    };
    let bare = bare.split('%').next()?;
    bare.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_every_spelling() {
        for text in [
            "2021-05-18T21:13:33",
            "2021-05-18 21:13:33",
            "5/18/2021 9:13:33 PM",
            "05/18/2021 21:13:33",
            "/Date(1621372413000)/",
        ] {
            let time = time(text).unwrap();
            assert_eq!(time.to_string(), "2021-05-18T21:13:33.000000Z", "{text}");
        }
        for text in ["", "/Date(x)/", "/Date(9223372036854775807)/", "18/5/2021 1:00", "1/1/1"] {
            assert_eq!(time(text), None, "{text}");
        }
        let wrapped = serde_json::json!({"value": "/Date(1)/", "DateTime": "x"}).into();
        assert_eq!(plain(&wrapped), "/Date(1)/");
    }
}
