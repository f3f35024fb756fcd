//! The bytes that a message's identity is of.
//!
//! The same mail lies in an `.eml` with CRLF, in an mbox with LF and a `From ` line, in
//! a Maildir with neither: its uid must be one (design, *Fixed* 1). So: LF line ends,
//! without byte order mark and blank lines at the front, without the `From ` line that a
//! store wrote before the header, without the header fields a store adds, and with
//! exactly one line end after the last line that is not blank.

use std::borrow::Cow;

use demarche_core::MessageUid;
use memchr::{memchr, memmem};

/// Header fields that stores write into a message, lower case; a trailing `*` stands
/// for any ending. `Content-Length` and `Lines` are written by mboxcl stores (and by
/// senders of old, which makes no difference here: they go from every copy).
const STORE_FIELDS: &[&str] = &[
    "x-mozilla-*",
    "x-gmail-labels",
    "x-gm-thrid",
    "x-gm-msgid",
    "status",
    "x-status",
    "x-keywords",
    "x-uid",
    "x-uidl",
    "x-imap",
    "x-imapbase",
    "content-length",
    "lines",
];

/// LF line ends and nothing before the first header line.
///
/// `\r`s before a `\n` belong to its line end; a `\r` elsewhere is a line end itself.
/// Binary parts (`Content-Transfer-Encoding: binary`) suffer by it, in every store alike.
pub(super) fn normalise(raw: &[u8]) -> Cow<'_, [u8]> {
    let raw = strip_front(raw);
    let Some(first) = memchr(b'\r', raw) else { return Cow::Borrowed(raw) };
    let mut out = Vec::with_capacity(raw.len());
    out.extend_from_slice(&raw[..first]);
    let mut rest = &raw[first..];
    while !rest.is_empty() {
        let run = rest.iter().take_while(|b| **b == b'\r').count();
        rest = &rest[run..];
        if rest.first() == Some(&b'\n') {
            out.push(b'\n');
            rest = &rest[1..];
        } else {
            out.resize(out.len() + run, b'\n');
        }
        let until = memchr(b'\r', rest).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..until]);
        rest = &rest[until..];
    }
    Cow::Owned(out)
}

/// Drops a byte order mark, blank lines and `From ` or `>From ` lines at the front.
fn strip_front(raw: &[u8]) -> &[u8] {
    let mut rest = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    loop {
        let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        rest = &rest[blank..];
        if !super::sniff::is_from_line(rest) {
            return rest;
        }
        let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len());
        rest = &rest[end..];
    }
}

/// Identity of a message whose bytes [`normalise`] has seen.
pub(super) fn uid(normal: &[u8]) -> MessageUid {
    let header_end = memmem::find(normal, b"\n\n").map_or(normal.len(), |at| at + 1);
    let mut kept: Option<Vec<u8>> = None;
    let mut at = 0;
    let mut dropping = false;
    while at < header_end {
        let end = memchr(b'\n', &normal[at..header_end]).map_or(header_end, |n| at + n + 1);
        let line = &normal[at..end];
        dropping = match line[0] {
            b' ' | b'\t' => dropping,
            _ => is_store_field(line),
        };
        if dropping {
            kept.get_or_insert_with(|| normal[..at].to_vec());
        } else if let Some(kept) = &mut kept {
            kept.extend_from_slice(line);
        }
        at = end;
    }
    let mut whole = match kept {
        Some(mut kept) => {
            kept.extend_from_slice(&normal[header_end..]);
            Cow::Owned(kept)
        }
        None => Cow::Borrowed(normal),
    };
    let length = whole.iter().rposition(|b| *b != b'\n').map_or(0, |last| last + 1);
    if whole.len() > length {
        return MessageUid::of_canonical(&whole[..=length]);
    }
    whole.to_mut().push(b'\n');
    MessageUid::of_canonical(&whole)
}

fn is_store_field(line: &[u8]) -> bool {
    let Some(colon) = memchr(b':', line) else { return false };
    let name = line[..colon].trim_ascii_end();
    STORE_FIELDS.iter().any(|field| match field.strip_suffix('*') {
        Some(start) => {
            name.len() > start.len() && name[..start.len()].eq_ignore_ascii_case(start.as_bytes())
        }
        None => name.eq_ignore_ascii_case(field.as_bytes()),
    })
}

/// Takes one level of mbox quoting off: `>From ` at a line's start becomes `From `,
/// `>>From ` becomes `>From `.
///
/// This is exact for mboxrd. For mboxo, which quotes `From ` but not `>From `, it is the
/// same operation on the one level there is; a line that was `>From ` before it was
/// stored cannot be told from a quoted one there.
pub(super) fn unquote(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut copied = 0;
    for at in memmem::find_iter(raw, b">From ") {
        let quotes = raw[..at].iter().rev().take_while(|b| **b == b'>').count();
        let start = at - quotes;
        if start == 0 || raw[start - 1] == b'\n' {
            let out = out.get_or_insert_with(|| Vec::with_capacity(raw.len()));
            out.extend_from_slice(&raw[copied..start]);
            copied = start + 1;
        }
    }
    match out {
        Some(mut out) => {
            out.extend_from_slice(&raw[copied..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &[u8] = b"From: a@example.org\nTo: b@example.org\nSubject: x\n\nhello\n\nend\n";

    fn uid_of(raw: &[u8]) -> MessageUid {
        uid(&normalise(raw))
    }

    fn crlf(raw: &[u8]) -> Vec<u8> {
        raw.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect()
    }

    #[test]
    fn line_ends_store_fields_and_blank_ends_do_not_matter() {
        let uid = uid_of(MAIL);
        assert_eq!(uid, uid_of(&crlf(MAIL)));
        let text = String::from_utf8(MAIL.to_vec()).unwrap();
        let stored = text.replace(
            "Subject",
            "X-Mozilla-Status: 0001\nX-Gmail-Labels: a,\n b\nStatus: RO\nContent-Length: 9\nSubject",
        );
        assert_eq!(uid, uid_of(stored.as_bytes()));
        assert_eq!(uid, uid_of(format!("From x Mon\n>From y\n{text}\n\n").as_bytes()));
        assert_eq!(uid, uid_of(text.trim_end().as_bytes()));
        assert_eq!(uid, uid_of(format!("\u{feff}\n{text}").as_bytes()));
        assert_ne!(uid, uid_of(text.replace("hello", "Status: RO").as_bytes()));
        assert_ne!(uid, uid_of(text.replace("Subject: x", "Subject: y").as_bytes()));
    }

    #[test]
    fn unquotes_one_level() {
        let raw = b">From a\nx >From b\n>>From c\n>>>From d\n> From e\n";
        assert_eq!(&*unquote(raw), b"From a\nx >From b\n>From c\n>>From d\n> From e\n");
    }

    fn quote_rd(text: &str) -> String {
        text.split_inclusive('\n')
            .map(|line| match line.trim_start_matches('>').starts_with("From ") {
                true => format!(">{line}"),
                false => line.to_owned(),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn mboxrd_quoting_is_undone(text in "(>{0,2}From |[a-z> \n]){0,40}") {
            let quoted = quote_rd(&text);
            prop_assert_eq!(&*unquote(quoted.as_bytes()), text.as_bytes());
        }

        #[test]
        fn normalising_is_idempotent(raw in "[A-F\r\n: ]{0,60}") {
            let once = normalise(raw.as_bytes()).into_owned();
            prop_assert_eq!(&*normalise(&once), &once[..]);
            prop_assert!(!once.contains(&b'\r'));
        }

        #[test]
        fn crlf_and_lf_are_one(body in "[a-zF >:\n]{0,80}", ends in 0_usize..4) {
            let mail = format!("To: a\nSubject: b\n\n{body}");
            let uid = uid_of(mail.as_bytes());
            prop_assert_eq!(&uid, &uid_of(&crlf(mail.as_bytes())));
            prop_assert_eq!(&uid, &uid_of(format!("{mail}{}", "\n".repeat(ends)).as_bytes()));
            prop_assert_eq!(&uid, &uid_of(format!("Status: R\n{mail}").as_bytes()));
        }

        #[test]
        fn any_bytes_have_a_uid(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = uid_of(&raw);
            let _ = unquote(&raw);
        }
    }
}
