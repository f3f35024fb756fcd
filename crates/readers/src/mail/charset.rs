//! Bytes to text: labels as the WHATWG Encoding Standard reads them, and what to do
//! when a label is absent, unknown or plainly wrong.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memmem;

/// Decodes `bytes`. A label that says ASCII or a Western charset, or that is unknown,
/// gives way to UTF-8 where the bytes are valid UTF-8; bytes labelled UTF-8 without one
/// valid sequence beyond ASCII are read as Windows-1252.
pub(crate) fn decode<'b>(bytes: &'b [u8], label: Option<&str>) -> Cow<'b, str> {
    if label.is_some_and(is_utf7)
        && let Some(decoder) = charset_decoder(b"utf-7")
    {
        return Cow::Owned(decoder(bytes));
    }
    let encoding = label.and_then(for_label);
    let western = encoding.is_none_or(|e| e == WINDOWS_1252 || e == UTF_8);
    if western {
        if let Ok(text) = std::str::from_utf8(bytes) {
            if encoding.is_none() && bytes.contains(&0x1b) && is_iso_2022_jp(bytes) {
                return ISO_2022_JP.decode_without_bom_handling(bytes).0;
            }
            return Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
        }
        if encoding == Some(UTF_8) && has_utf8(bytes) {
            return UTF_8.decode_without_bom_handling(bytes).0;
        }
        if encoding.is_none()
            && let Some(decoder) = label
                .filter(|label| !label.is_empty() && label.len() < 45)
                .and_then(|label| charset_decoder(label.as_bytes()))
        {
            return Cow::Owned(decoder(bytes));
        }
        return WINDOWS_1252.decode_without_bom_handling(bytes).0;
    }
    encoding.unwrap_or(UTF_8).decode(bytes).0
}

fn for_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
        .or_else(|| {
            // `cp-1252`, `windows1252`, `utf8mb4` and the like.
            let plain: String = label.to_ascii_lowercase().replace(['-', '_'], "");
            let number = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            match plain.strip_suffix(number)? {
                "cp" | "windows" | "win" if number.len() == 4 => {
                    Encoding::for_label(format!("windows-{number}").as_bytes())
                }
                "utf" if number.starts_with('8') => Some(UTF_8),
                "iso" if number.starts_with("8859") => {
                    Encoding::for_label(format!("iso-8859-{}", &number[4..]).as_bytes())
                }
                _ => None,
            }
        })
        .filter(|encoding| *encoding != REPLACEMENT)
}

/// UTF-7 (RFC 2152), which browsers no longer read and old mail is written in. It is
/// ASCII to look at, so it has to be asked for before anything else.
fn is_utf7(label: &str) -> bool {
    let label = label.trim().trim_matches(['"', '\'']);
    ["utf-7", "utf7", "unicode-1-1-utf-7"].iter().any(|name| label.eq_ignore_ascii_case(name))
}

/// Whether valid UTF-8 beyond ASCII stands in `bytes` at all.
fn has_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"\x1b$B").is_some() || memmem::find(bytes, b"\x1b$@").is_some()
}

/// The charset that an HTML document names in a `meta` element among its first 1,024
/// bytes.
pub(crate) fn of_html(bytes: &[u8]) -> Option<String> {
    let head = bytes[..bytes.len().min(1024)].to_ascii_lowercase();
    let at = memmem::find(&head, b"charset=")? + b"charset=".len();
    let rest = head[at..].trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let good = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':');
    let end = rest.iter().position(|b| !good(b)).unwrap_or(rest.len());
    (end > 0).then(|| String::from_utf8_lossy(&rest[..end]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (bytes, label, want) in [
            (&b"caf\xe9"[..], Some("iso-8859-1"), "café"),
            (b"caf\xc3\xa9", Some("iso-8859-1"), "café"),
            (b"caf\xc3\xa9", Some("us-ascii"), "café"),
            (b"caf\xe9", Some("utf-8"), "café"),
            (b"caf\xe9", None, "café"),
            (b"caf\xe9", Some("x-unknown"), "café"),
            (b"\xc3\xa9\xe9", Some("utf-8"), "é\u{fffd}"),
            (b"\xef\xf0", Some("koi8-r"), "ОП"),
            (b"\x1b$B$\"\x1b(B", None, "あ"),
            (b"\x80", Some("cp-1252"), "€"),
            (b"\xa4", Some("ISO8859-15"), "€"),
            (b"\x82", Some("cp850"), "é"),
            (b"a\0b\0", Some("utf-16le"), "ab"),
            (b"Fr+APY-sche", Some("UTF-7"), "Frösche"),
        ] {
            assert_eq!(decode(bytes, label), want, "{bytes:?} {label:?}");
        }
        assert_eq!(of_html(b"<META content='text/html; Charset=KOI8-R'>").unwrap(), "koi8-r");
        assert_eq!(of_html(b"<p>"), None);
    }
}
