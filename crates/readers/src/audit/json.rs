//! Records as JSON: an array, an array in a wrapping object, one object a line, or
//! objects one after the other.

use demarche_core::source::Member;
use serde_json::{Map, Value};

use super::{Events, hand_on};
use crate::lines::{Elements, End, Layout, Lines, Piece, sniff_text, whole};
use crate::registry::{ReadError, Sink};

/// Whether a member that begins with `prefix` is JSON whose first record `is` wants;
/// the record may be cut off by the end of the prefix.
pub(crate) fn sniff(prefix: &[u8], is: impl Fn(&First<'_>) -> bool) -> bool {
    let text = sniff_text(prefix);
    let Some(layout) = Layout::of(&text) else { return false };
    let element = layout.first_element(&text);
    element.starts_with(b"{") && is(&First(element))
}

/// The first record of a member, unparsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct First<'t>(&'t [u8]);

impl First<'_> {
    /// Whether it has `key`, at whatever depth.
    pub(crate) fn has(&self, key: &str) -> bool {
        memchr::memmem::find(self.0, format!("\"{key}\"").as_bytes()).is_some()
    }

    /// Whether it has all of `keys`.
    pub(crate) fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Whether it has one of `keys`.
    pub(crate) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }
}

/// Hands each object of a member to `make` and what that makes of it to `sink`.
///
/// # Errors
/// The stream breaks, or the member is no JSON.
pub(crate) fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    make: &mut dyn FnMut(Map<String, Value>) -> Events,
) -> Result<(), ReadError> {
    let layout = Layout::of(&sniff_text(member.prefix()))
        .ok_or_else(|| ReadError::Malformed("no JSON array or object".into()))?;
    let mut number = 0;
    if layout == Layout::Lines {
        let mut lines = Lines::new(member);
        while let Some(line) = lines.next(member)? {
            if !line.bytes.trim_ascii().is_empty() {
                element(&line, member, number, sink, make);
                number += 1;
            }
        }
        return Ok(());
    }
    let mut elements = Elements::new(member, layout);
    while let Some(piece) = elements.next(member)? {
        element(&piece, member, number, sink, make);
        number += 1;
    }
    if elements.is_page() {
        sink.anomaly(whole(member), "export is one page of several (it names a next one)");
    }
    match elements.end() {
        End::Closed => {}
        End::CutOff => sink.anomaly(whole(member), "the array of events is cut off"),
        // Other members of the wrapping object say nothing about events.
        End::Then(rest) if rest.starts_with(',') && rest.ends_with('}') => {}
        End::Then(_) => sink.anomaly(whole(member), "bytes after the array, not read"),
    }
    Ok(())
}

fn element(
    piece: &Piece<'_>,
    member: &Member<'_>,
    number: u64,
    sink: &mut Sink<'_>,
    make: &mut dyn FnMut(Map<String, Value>) -> Events,
) {
    let evidence = piece.cite_row(member, number);
    match piece.fault {
        Some(fault) => sink.anomaly(evidence, fault),
        None => hand_on(object(piece.bytes).and_then(make), evidence, sink),
    }
}

/// Parses an object. Bytes that are not UTF-8 become U+FFFD rather than cost the event.
///
/// # Errors
/// It is none.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let parsed = serde_json::from_slice(bytes)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(bytes)));
    match parsed {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("not a JSON object"),
        Err(_) => Err("not JSON (cut off or damaged)"),
    }
}
