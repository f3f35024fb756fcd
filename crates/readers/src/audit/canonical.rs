//! JSON with sorted keys and without white space: one text for one content, whatever
//! the order in which an export wrote it.

use super::tree::{Map, Value};

/// Appends `value` to `out`. Recursion is as deep as the parser let through (128).
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
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
pub(crate) fn object(map: &Map, keep: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (key, value)) in map.iter().filter(|(key, _)| keep(key)).enumerate() {
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
    if is_plain(text.as_bytes()) {
        out.push(b'"');
        out.extend(text.as_bytes());
        out.push(b'"');
    } else if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing to memory does not fail; were it to, the text would still be JSON.
        out.extend(b"\"\"");
    }
}

/// Whether nothing in a text needs an escape. By pieces without an early end, which the
/// compiler turns into wide instructions.
fn is_plain(text: &[u8]) -> bool {
    text.chunks(32).all(|piece| {
        let special = |byte: &u8| *byte < 0x20 || matches!(*byte, b'"' | b'\\');
        !piece.iter().fold(false, |found, byte| found | special(byte))
    })
}
