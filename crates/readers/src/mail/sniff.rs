//! Telling mail from everything else by its first bytes.

use memchr::{memchr, memchr2};

/// Field names that say "mail"; one of these must stand among the first fields.
const MAIL_FIELDS: &[&str] = &[
    "from",
    "to",
    "cc",
    "subject",
    "received",
    "message-id",
    "return-path",
    "delivered-to",
    "mime-version",
    "sender",
    "reply-to",
    "in-reply-to",
    "envelope-to",
    "x-original-to",
    "dkim-signature",
    "arc-seal",
    "authentication-results",
    "x-mozilla-status",
    "x-gmail-labels",
    "x-status",
];

/// Field names that mail shares with other formats; two of these count as one of those.
const SHARED_FIELDS: &[&str] =
    &["date", "content-type", "content-transfer-encoding", "content-disposition", "status"];

/// Whether `line` is a `From ` or `>From ` line and not a `From :` field.
pub(super) fn is_from_line(line: &[u8]) -> bool {
    let line = line.strip_prefix(b">").unwrap_or(line);
    line.strip_prefix(b"From ").is_some_and(|rest| rest.trim_ascii_start().first() != Some(&b':'))
}

/// Whether a `From ` line carries what mail software writes there: an address of some
/// kind and a date with a time and a year (`man 5 mbox`).
pub(super) fn is_envelope(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = &rest[..rest.len().min(400)];
    let mut time = false;
    let mut year = false;
    for word in rest.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty()).skip(1) {
        time |= word.len() >= 4
            && word.contains(&b':')
            && word[0].is_ascii_digit()
            && word.iter().all(|b| b.is_ascii_digit() || *b == b':');
        year |= word.len() == 4
            && matches!(&word[..2], b"19" | b"20")
            && word.iter().all(u8::is_ascii_digit);
    }
    time && year
}

/// Length of the field name that `line` begins with, when it is a header line. Names
/// are RFC 5322 `ftext`, narrowed to what occurs: letters, digits, `-`, `_`, `.`.
pub(super) fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', &line[..line.len().min(100)])?;
    let name = line[..colon].trim_ascii_end();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let good = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(plain);
    good.then_some(name)
}

/// Lines of `bytes` without their ends (LF, CRLF or CR); the last only when it ended.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr2(b'\n', b'\r', rest)?;
        let line = &rest[..end];
        let skip = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = &rest[end + skip..];
        Some(line)
    })
}

fn front(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// An mbox: an envelope line, then a header.
pub(super) fn is_mbox(prefix: &[u8]) -> bool {
    let prefix = front(prefix);
    let Some(first) = lines(prefix).next() else { return false };
    is_envelope(first) && is_mail(&prefix[first.len()..])
}

/// A message: header fields, some of them mail's.
pub(super) fn is_eml(prefix: &[u8]) -> bool {
    is_mail(front(prefix))
}

fn is_mail(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    let mut mail = 0;
    let mut shared = 0;
    let mut fields = 0;
    let mut broken = 0;
    // A last line that the prefix cut is of no use, one that the file ends with is.
    let last = memchr::memrchr2(b'\n', b'\r', bytes).map_or(0, |at| at + 1);
    for line in lines(bytes).chain(std::iter::once(&bytes[last..])) {
        if line.is_empty() {
            break;
        }
        if line.contains(&0) {
            return false;
        }
        if fields > 0 && matches!(line[0], b' ' | b'\t') || fields == 0 && is_from_line(line) {
            continue;
        }
        let Some(name) = field_name(line) else {
            broken += 1;
            // Damage inside a header that is mail's beyond doubt, or the body without a
            // blank line before it.
            if mail >= 3 {
                break;
            }
            if broken > fields {
                return false;
            }
            continue;
        };
        let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
        fields += 1;
        mail += usize::from(MAIL_FIELDS.iter().any(is));
        shared += usize::from(SHARED_FIELDS.iter().any(is));
        if mail >= 4 {
            return true;
        }
    }
    fields >= 2 && broken <= 1 && (mail >= 1 || shared >= 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_mail() {
        for mail in [
            "From: a@b\nTo: c@d\n\nhi\n",
            "Received: from x\r\n by y\r\nX-Strange_Name.1: 1\r\n\r\n",
            "\u{feff}\n\nX-Unknown: 1\nSubject: x\n\n",
            ">From a@b Thu\nReceived: from x\nDate: y\n\n",
            "From root\nSubject: a\nTo: b\n",
            "Message-ID: <a@b>\nDate: x",
        ] {
            assert!(is_eml(mail.as_bytes()), "{mail:?}");
        }
        let mbox = b"From a@b Thu Aug 22 12:36:23 2002\nReturn-Path: <a>\nTo: x\n\nhi\n";
        assert!(is_mbox(mbox));
        assert!(is_mbox(b"From - Tue Jan 02 2024 10:00:00\r\nX-Mozilla-Status: 1\r\nTo: b\r\n"));
        assert!(is_mbox(b"From 17@xxx Mon Jan 01 00:00:00 +0000 2024\nX-GM-THRID: 1\nTo: b\n\n"));
    }

    #[test]
    fn leaves_the_rest() {
        for other in [
            "",
            "hello\n",
            "1711447872.123    80 10.0.0.1 TCP_MISS/200 1 GET http://a/ - DIRECT/1 text/html\n",
            "10.0.0.1 - - [26/Mar/2024:10:11:12 +0000] \"GET / HTTP/1.1\" 200 1\n",
            "time,from,to\n2024,a,b\n",
            "{\"From\": \"a\", \"To\": \"b\"}\n",
            "use std::io;\nfn main() {}\n",
            "#include <a.h>\n// From: a\n",
            "<html>\nFrom: a\nTo: b\n</html>\n",
            "Title: a\nAuthor: b\n\ntext\n",
            "Subject: only one field\n\n",
            "From here on we walk\nand talk: a lot\n",
            "Dear all,\nFrom: now on\nTo: then\n",
        ] {
            assert!(!is_eml(other.as_bytes()), "{other:?}");
            assert!(!is_mbox(other.as_bytes()), "{other:?}");
        }
        assert!(!is_mbox(b"From here on, at 10:00 in 2024\nwe walk\n\n"));
        assert!(!is_eml(b"From: a\0\0\0\nTo: \0\n"));
    }

    proptest! {
        #[test]
        fn bytes_are_not_mail(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(!is_eml(&raw) && !is_mbox(&raw));
        }
    }
}
