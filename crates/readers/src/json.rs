//! The elements of a member of JSON records, whatever their layout.

use demarche_core::EvidenceRef;
use demarche_core::source::Member;
use serde_json::Value;

use crate::lines::{Elements, End, Layout, Lines, Piece, sniff_text, whole};
use crate::registry::{ReadError, Sink};

/// Whether a member begins with JSON objects of which the first is as `is` wants its bytes.
pub(crate) fn sniff(prefix: &[u8], is: impl Fn(&[u8]) -> bool) -> bool {
    let text = sniff_text(prefix);
    Layout::of(&text).is_some_and(|layout| {
        let element = layout.first_element(&text);
        element.starts_with(b"{") && is(element)
    })
}

/// Whether `element` has the key `key` somewhere.
pub(crate) fn has(element: &[u8], key: &str) -> bool {
    memchr::memmem::find(element, format!("\"{key}\"").as_bytes()).is_some()
}

/// The value of an element.
///
/// # Errors
/// A fact for an anomaly.
pub(crate) fn value(piece: &Piece<'_>) -> Result<Value, &'static str> {
    match serde_json::from_slice(piece.bytes).or_else(|_| serde_json::from_str(&piece.text())) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("not a JSON object"),
        Err(_) => Err("not JSON (cut off or damaged)"),
    }
}

/// Hands each JSON element of a member, whatever its layout, to `each`.
///
/// # Errors
/// The stream breaks, or begins with no JSON array or object.
pub(crate) fn elements(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    mut each: impl FnMut(&Piece<'_>, EvidenceRef, &mut Sink<'_>),
) -> Result<(), ReadError> {
    let layout = Layout::of(&sniff_text(member.prefix()))
        .ok_or_else(|| ReadError::Malformed("no JSON array or object".into()))?;
    let mut number = 0;
    let mut hand = |piece: &Piece<'_>, member: &Member<'_>, sink: &mut Sink<'_>| {
        if piece.bytes.trim_ascii().is_empty() {
            return;
        }
        let evidence = piece.cite_row(member, number);
        number += 1;
        match piece.fault {
            Some(fault) => sink.anomaly(evidence, fault),
            None => each(piece, evidence, sink),
        }
    };
    if layout == Layout::Lines {
        let mut lines = Lines::new(member);
        while let Some(line) = lines.next(member)? {
            hand(&line, member, sink);
        }
        return Ok(());
    }
    let mut elements = Elements::new(member, layout);
    while let Some(piece) = elements.next(member)? {
        hand(&piece, member, sink);
    }
    match elements.end() {
        End::Closed => {}
        End::CutOff => sink.anomaly(whole(member), "the array of records is cut off"),
        End::Then(rest) if rest.starts_with(',') && rest.ends_with('}') => {}
        End::Then(_) => sink.anomaly(whole(member), "bytes after the array, not read"),
    }
    Ok(())
}
