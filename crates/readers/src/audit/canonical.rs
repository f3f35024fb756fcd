//! JSON with sorted keys and without white space: one text for one content, whatever
//! the order in which an export wrote it.

use serde_json::{Map, Value};

/// Appends `value` to `out`. Recursion is as deep as the parser let through (128).
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => out.extend(number.to_string().into_bytes()),
        Value::String(text) => string(text, out),
        Value::Array(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(value, out);
            }
            out.push(b']');
        }
        Value::Object(map) => object(map, |_| true, out),
    }
}

/// Appends those members of `map` whose key `keep` wants.
pub(crate) fn object(map: &Map<String, Value>, keep: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
    // `serde_json` keeps a map sorted or in order of insertion, as some crate of the
    // build asks; so the order is made here.
    let mut members: Vec<_> = map.iter().filter(|(key, _)| keep(key)).collect();
    if !members.is_sorted_by_key(|(key, _)| *key) {
        members.sort_unstable_by_key(|(key, _)| *key);
    }
    out.push(b'{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(key, out);
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Most texts need no escape.
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push(b'"');
        out.extend(text.as_bytes());
        out.push(b'"');
    } else if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing to memory does not fail; were it to, the text would still be JSON.
        out.extend(b"\"\"");
    }
}
