//! JSON elements with their exact bytes, without parsing what lies between: a scanner
//! that knows strings, escapes and nesting and nothing else (RFC 8259).
//!
//! A broken element is cut out by its brackets all the same and fails only when it is
//! parsed, so that the elements after it are still read.

use std::io;

use demarche_core::source::Member;
use memchr::{memchr2, memmem};

use super::window::Window;
use super::{BOUND, HEAD, Piece, sniff_text};

/// How JSON records are laid out in a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One value a line.
    Lines,
    /// Elements of an array that opens at this byte of the text: the whole document,
    /// or under `value` or `Records` as interfaces answer.
    Array(usize),
    /// Values one after the other, over several lines each.
    Sequence,
}

/// Keys under which interfaces put their array of records: Microsoft Graph and the
/// Office 365 Management API (`value`), AWS CloudTrail and others (`Records`, `Events`),
/// Google's Reports API (`items`; ALFA saves it as `activities`), Dropbox (`events`),
/// Box (`entries`).
const WRAPPERS: [&str; 9] = [
    "value",
    "Records",
    "records",
    "results",
    "items",
    "activities",
    "Events",
    "events",
    "entries",
];

/// Keys by which an answer says that another follows: Microsoft, Google, AWS, Dropbox.
const NEXT: [&str; 4] = ["nextLink\"", "nextPageToken\"", "\"NextToken\"", "\"has_more\""];

/// Whether the text around an array says that it is one page and names the next.
fn names_a_next(around: &[u8]) -> bool {
    NEXT.iter().any(|key| {
        memmem::find_iter(around, key.as_bytes()).any(|at| {
            let rest = &around[at + key.len()..];
            let value = skip(rest, |b| b.is_ascii_whitespace() || b == b':');
            // Neither `null`, `false` nor an empty text.
            value.is_some_and(|at| {
                let value = &rest[at..];
                value.starts_with(b"true")
                    || value.starts_with(b"\"") && value.get(1) != Some(&b'"')
            })
        })
    })
}

/// Keys of a wrapping object are looked for in so many bytes before the array.
const WRAPPER_LEN: usize = 4096;

impl Layout {
    /// The layout of a member that begins with `text`; `None` when it is no JSON array
    /// or object.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let start = text.iter().position(|b| !b.is_ascii_whitespace())?;
        let body = &text[start..];
        match body[0] {
            b'[' => return Some(Self::Array(start)),
            b'{' => {}
            _ => return None,
        }
        if let Some(at) = wrapped_array(body) {
            return Some(Self::Array(start + at));
        }
        let line = body.split(|b| *b == b'\n').next().unwrap_or(body);
        let mut scan = Scan::default();
        // A line that holds a whole value, or is cut off by the end of the prefix.
        let whole = scan.feed(line).is_some();
        Some(if whole || line.len() == body.len() { Self::Lines } else { Self::Sequence })
    }

    /// The first element's bytes, so far as `text` holds them.
    pub(crate) fn first_element(self, text: &[u8]) -> &[u8] {
        let from = match self {
            Self::Array(at) => at + 1,
            Self::Lines | Self::Sequence => 0,
        };
        let rest = text.get(from..).unwrap_or_default().trim_ascii_start();
        let end = Scan::default().feed(rest).unwrap_or(rest.len());
        &rest[..end]
    }
}

/// Where the array of a wrapping object opens: the value of one of [`WRAPPERS`] at the
/// top level, after scalars only.
fn wrapped_array(body: &[u8]) -> Option<usize> {
    let head = &body[..body.len().min(WRAPPER_LEN)];
    let mut at = 1;
    loop {
        at += skip(&head[at..], |b| b.is_ascii_whitespace() || b == b',')?;
        if head[at] != b'"' {
            return None;
        }
        let end = at + Scan::default().feed(&head[at..])?;
        let key = std::str::from_utf8(&head[at + 1..end - 1]).ok()?;
        at = end + skip(&head[end..], |b| b.is_ascii_whitespace() || b == b':')?;
        match head[at] {
            b'[' if WRAPPERS.contains(&key) => return Some(at),
            b'[' | b'{' => return None,
            b'"' => at += Scan::default().feed(&head[at..])?,
            _ => at += skip(&head[at..], |b| !matches!(b, b',' | b'}'))?,
        }
    }
}

fn skip(bytes: &[u8], of: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|b| !of(*b))
}

/// Finds the end of one value.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    depth: u64,
    string: bool,
    escaped: bool,
    scalar: bool,
}

impl Scan {
    /// Goes over `bytes`; the length up to the value's end when it is in them. The end
    /// of the stream ends a scalar, which the caller knows.
    fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.escaped {
                self.escaped = false;
                at += 1;
                continue;
            }
            if self.string {
                match memchr2(b'"', b'\\', &bytes[at..]) {
                    None => return None,
                    Some(skipped) => at += skipped,
                }
                if bytes[at] == b'\\' {
                    self.escaped = true;
                } else {
                    self.string = false;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                at += 1;
                continue;
            }
            if self.scalar {
                if matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace() {
                    return Some(at);
                }
                at += 1;
                continue;
            }
            match byte {
                b'"' => self.string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ if self.depth == 0 => self.scalar = true,
                _ => {}
            }
            at += 1;
        }
        None
    }
}

/// How the elements came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As the layout says.
    Closed,
    /// The array was not closed.
    CutOff,
    /// The array was closed and this followed (its beginning).
    Then(String),
}

/// Streams the elements of an array or sequence.
pub(crate) struct Elements {
    window: Window,
    /// Bytes of text before the array's first element.
    before: usize,
    array: bool,
    taken: usize,
    head: Vec<u8>,
    end: Option<End>,
    page: bool,
}

impl Elements {
    /// At the beginning of `member`, laid out as `layout` (not [`Layout::Lines`]) says.
    pub(crate) fn new(member: &Member<'_>, layout: Layout) -> Self {
        let (before, array) = match layout {
            Layout::Array(at) => (at + 1, true),
            Layout::Lines | Layout::Sequence => (0, false),
        };
        let text = sniff_text(member.prefix());
        let page = names_a_next(text.get(..before).unwrap_or_default());
        Self {
            window: Window::new(member),
            before,
            array,
            taken: 0,
            head: Vec::new(),
            end: None,
            page,
        }
    }

    /// Whether the last array read says that another page follows; meaningful after
    /// [`next`](Self::next) gave `None`.
    pub(crate) fn is_page(&self) -> bool {
        self.page
    }

    /// How the elements ended; meaningful after [`next`](Self::next) gave `None`.
    pub(crate) fn end(&self) -> &End {
        self.end.as_ref().unwrap_or(&End::CutOff)
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says.
    pub(crate) fn next(&mut self, member: &mut Member<'_>) -> io::Result<Option<Piece<'_>>> {
        self.window.consume(self.taken);
        self.taken = 0;
        if self.end.is_some() {
            return Ok(None);
        }
        while self.before > 0 {
            if self.window.bytes().is_empty() && !self.window.fill(member)? {
                break;
            }
            let n = self.before.min(self.window.bytes().len());
            self.window.consume(n);
            self.before -= n;
        }
        loop {
            if !self.skip_between(member)? {
                self.end = Some(if self.array { End::CutOff } else { End::Closed });
                return Ok(None);
            }
            if !self.array || self.window.bytes()[0] != b']' {
                return self.element(member).map(Some);
            }
            self.window.consume(1);
            if let Some(end) = self.after_array(member)? {
                self.end = Some(end);
                return Ok(None);
            }
        }
    }

    fn element(&mut self, member: &mut Member<'_>) -> io::Result<Piece<'_>> {
        let mut scan = Scan::default();
        let offset = self.window.offset();
        let wide = self.window.wide();
        let (mut scanned, mut fault) = (0, None);
        let end = loop {
            let bytes = self.window.bytes();
            if let Some(end) = scan.feed(&bytes[scanned..]) {
                break scanned + end;
            }
            scanned = bytes.len();
            if scanned > BOUND {
                if fault.is_none() {
                    self.head = self.window.head(HEAD);
                    fault = Some("an element of more than 16 MiB, not read");
                }
                self.window.consume(scanned);
                scanned = 0;
            }
            if !self.window.fill(member)? {
                if !scan.scalar && fault.is_none() {
                    self.head = self.window.head(HEAD);
                    fault = Some("an element cut off by the end of the file, not read");
                }
                break scanned;
            }
        };
        if fault.is_none() && end > BOUND {
            self.head = self.window.head(HEAD);
            fault = Some("an element of more than 16 MiB, not read");
        }
        // A stray closing bracket or the like must still lead on.
        self.taken = end.max(1).min(self.window.bytes().len());
        let bytes = match fault {
            Some(_) => &self.head,
            None => &self.window.bytes()[..self.taken],
        };
        Ok(Piece { bytes, offset, fault, wide })
    }

    /// Passes over white space and commas; `false` at the end of the stream.
    fn skip_between(&mut self, member: &mut Member<'_>) -> io::Result<bool> {
        loop {
            let bytes = self.window.bytes();
            if let Some(at) = skip(bytes, |b| b.is_ascii_whitespace() || b == b',') {
                self.window.consume(at);
                return Ok(true);
            }
            self.window.consume(bytes.len());
            if !self.window.fill(member)? {
                return Ok(false);
            }
        }
    }

    /// What follows the array: nothing, or the rest of the wrapping object. `None` when
    /// another array follows (pages saved one after the other), which is gone on with.
    fn after_array(&mut self, member: &mut Member<'_>) -> io::Result<Option<End>> {
        while self.window.bytes().len() < HEAD && self.window.fill(member)? {}
        let rest = self.window.head(HEAD);
        if let Some((object_at, array_at)) = next_array(&rest) {
            self.page = names_a_next(&rest[object_at..array_at]);
            self.window.consume(array_at + 1);
            return Ok(None);
        }
        self.page |= names_a_next(&rest);
        let text = String::from_utf8_lossy(rest.trim_ascii()).into_owned();
        Ok(Some(if text.is_empty() || text == "}" { End::Closed } else { End::Then(text) }))
    }
}

/// Where in what follows an array the next document begins, and its array.
fn next_array(rest: &[u8]) -> Option<(usize, usize)> {
    let start = skip(rest, |b| b.is_ascii_whitespace())?;
    if rest[start] == b'[' {
        return Some((start, start));
    }
    // To the end of the wrapping object, over its other members.
    let end = Scan { depth: 1, ..Scan::default() }.feed(rest)?;
    let start = end + skip(&rest[end..], |b| b.is_ascii_whitespace())?;
    match rest[start] {
        b'{' => Some((start, start + wrapped_array(&rest[start..])?)),
        b'[' => Some((start, start)),
        _ => None,
    }
}
