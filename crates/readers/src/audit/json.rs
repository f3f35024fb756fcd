//! Records as JSON: an array, an array in a wrapping object, one object a line, or
//! objects one after the other.

use demarche_core::source::Member;

use super::Events;
use super::batch::Batch;
use super::tree::{Map, Value};
use crate::lines::{Elements, End, KeptPiece, Layout, Lines, Piece, sniff_text, whole};
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

/// Hands each object of a member to `make` and what that makes of it to `sink`, in the
/// order of the member; returns how many there were.
///
/// Cutting goes ahead in one thread; parsing, hashing and `make` take several, since
/// they are nearly all of the work.
///
/// # Errors
/// The stream breaks, or the member is no JSON.
pub(crate) fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    make: &(dyn Fn(Map) -> Events + Sync),
) -> Result<u64, ReadError> {
    let layout = Layout::of(&sniff_text(member.prefix()))
        .ok_or_else(|| ReadError::Malformed("no JSON array or object".into()))?;
    let cite = whole(member);
    let read = |kept: &KeptPiece, row: u64| {
        let piece = kept.piece();
        let events = match piece.fault {
            Some(fault) => Err(fault),
            None => object(piece.bytes).and_then(make),
        };
        (piece.cite_like(&cite, row), events)
    };
    let mut batch = Batch::new(&read);
    let end = cut(member, layout, &mut |piece| batch.push(piece.keep(), piece.bytes.len(), sink));
    // What was cut out before the stream broke is handed on, too.
    let records = batch.hand_on(sink);
    let Some((end, is_page)) = end? else { return Ok(records) };
    if is_page {
        sink.anomaly(whole(member), "export is one page of several (it names a next one)");
    }
    match end {
        End::Closed => {}
        End::CutOff => sink.anomaly(whole(member), "the array of events is cut off"),
        // Other members of the wrapping object say nothing about events.
        End::Then(rest) if rest.starts_with(',') && rest.ends_with('}') => {}
        End::Then(_) => sink.anomaly(whole(member), "bytes after the array, not read"),
    }
    Ok(records)
}

/// Hands each record's piece to `take`. How an array ended, and whether another page
/// follows.
fn cut(
    member: &mut Member<'_>,
    layout: Layout,
    take: &mut dyn FnMut(&Piece<'_>),
) -> Result<Option<(End, bool)>, ReadError> {
    if layout == Layout::Lines {
        let mut lines = Lines::new(member);
        while let Some(line) = lines.next(member)? {
            if !line.bytes.trim_ascii().is_empty() {
                take(&line);
            }
        }
        return Ok(None);
    }
    let mut elements = Elements::new(member, layout);
    while let Some(piece) = elements.next(member)? {
        take(&piece);
    }
    Ok(Some((elements.end().clone(), elements.is_page())))
}

/// Parses an object. Bytes that are not UTF-8 become U+FFFD rather than cost the event.
///
/// # Errors
/// It is none.
pub(crate) fn object(bytes: &[u8]) -> Result<Map, &'static str> {
    let parsed = serde_json::from_slice::<Value>(bytes)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(bytes)));
    match parsed {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("not a JSON object"),
        Err(_) => Err("not JSON (cut off or damaged)"),
    }
}
