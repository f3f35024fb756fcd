//! URLs written out in bytes: ASCII (and what holds it, as UTF-8) and UTF-16.

use super::{Place, Reader};

/// Bytes of text that are looked through at once.
const MAX_TEXT: usize = 32 << 20;

/// Finds URLs in a file that is, or holds, text.
pub(super) fn read(reader: &mut Reader, bytes: &[u8], place: Place, member: &str) {
    if bytes.len() > MAX_TEXT {
        reader.cut.insert("a text of over 32 MiB: the rest is not looked through");
    }
    let bytes = &bytes[..bytes.len().min(MAX_TEXT)];
    scan(bytes, &mut |url| reader.url(url, place, member));
    // UTF-16LE, at even or odd places; the high bytes are zero in what a URL may hold.
    // UTF-16BE is the same, begun a byte later.
    for start in [0, 1] {
        let mut run = Vec::new();
        for pair in bytes.get(start..).unwrap_or_default().chunks_exact(2) {
            let (low, high) = (pair[0], pair[1]);
            if high == 0 && low.is_ascii_graphic() {
                run.push(low);
            } else {
                scan(&run, &mut |url| reader.url(url, place, member));
                run.clear();
            }
        }
        scan(&run, &mut |url| reader.url(url, place, member));
    }
}

/// Finds `http://`, `https://` and `ftp://` in bytes, up to what no URL holds.
fn scan(bytes: &[u8], found: &mut dyn FnMut(&str)) {
    let mut at = 0;
    while let Some(colon) = find(&bytes[at..], b"://") {
        let colon = at + colon;
        at = colon + 3;
        let schemes = ["https", "http", "ftp"];
        let scheme = schemes.iter().find(|scheme| {
            let start = colon.checked_sub(scheme.len());
            start.is_some_and(|s| bytes[s..colon].eq_ignore_ascii_case(scheme.as_bytes()))
        });
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        let stop = |byte: &u8| {
            !byte.is_ascii_graphic() && *byte < 0x80
                || matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        };
        let rest = &bytes[at..];
        let end = at + rest.iter().take(4_096).position(stop).unwrap_or(rest.len().min(4_096));
        let text = String::from_utf8_lossy(&bytes[start..end]);
        urls(&text, found);
        at = end;
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

/// Hands on the URLs of a text; says whether there are any.
pub(super) fn urls(text: &str, found: &mut dyn FnMut(&str)) -> bool {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]);
    let mut any = false;
    for link in finder.links(text) {
        let url = link.as_str();
        let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
        if ["http://", "https://", "ftp://"].iter().any(|scheme| lower.starts_with(scheme)) {
            any = true;
            found(url);
        }
    }
    any
}
