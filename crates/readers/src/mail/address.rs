//! Address fields and message ids (RFC 5322, 3.4 and 3.6.4), forgivingly.
//!
//! The structure is read before encoded words are decoded, so that a decoded name can
//! never add an address.

use memchr::memchr;

use super::encoded_word::{self, Word};

/// A display name and an address, either of which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// Decoded.
    pub(super) name: String,
    /// Lower case.
    pub(super) address: String,
}

/// The mailboxes of an unfolded address field; group names are left out.
pub(super) fn mailboxes(value: &[u8]) -> Vec<Mailbox> {
    let mut out = Vec::new();
    let mut state = State::default();
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        match rest[0] {
            b'"' => at += state.quoted(rest),
            b'(' => at += state.comment(rest),
            b'<' => {
                let end = memchr(b'>', rest).unwrap_or(rest.len());
                state.angle.get_or_insert_with(|| address(&rest[1..end]));
                at += end + 1;
            }
            b',' | b';' => {
                state.finish(&mut out);
                at += 1;
            }
            b':' if state.angle.is_none() && !state.at_sign => {
                state.phrase.clear();
                at += 1;
            }
            b'=' if Word::parse(rest).is_some() => {
                let length = Word::parse(rest).map_or(1, |word| word.length);
                state.phrase.extend_from_slice(&rest[..length]);
                at += length;
            }
            byte => {
                state.at_sign |= byte == b'@';
                state.phrase.push(byte);
                at += 1;
            }
        }
    }
    state.finish(&mut out);
    out
}

#[derive(Default)]
struct State {
    phrase: Vec<u8>,
    /// Whether an `@` stands in `phrase`.
    at_sign: bool,
    comment: Vec<u8>,
    angle: Option<String>,
}

impl State {
    /// Reads a quoted string; returns its length.
    fn quoted(&mut self, rest: &[u8]) -> usize {
        let mut at = 1;
        let mut inner = Vec::new();
        while at < rest.len() && rest[at] != b'"' {
            if rest[at] == b'\\' && at + 1 < rest.len() {
                at += 1;
            }
            inner.push(rest[at]);
            at += 1;
        }
        if rest.get(at + 1) == Some(&b'@') {
            // A quoted local part keeps its quotes.
            self.phrase.push(b'"');
            inner.push(b'"');
        }
        self.phrase.extend_from_slice(&inner);
        (at + 1).min(rest.len())
    }

    /// Reads a comment, nested ones included; returns its length.
    fn comment(&mut self, rest: &[u8]) -> usize {
        let mut depth = 0_usize;
        let mut at = 0;
        while at < rest.len() {
            match rest[at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
        let at = at.min(rest.len());
        if self.comment.is_empty() {
            self.comment = rest[1..at].strip_suffix(b")").unwrap_or(&rest[1..at]).to_vec();
        }
        at
    }

    fn finish(&mut self, out: &mut Vec<Mailbox>) {
        let state = std::mem::take(self);
        let phrase = state.phrase.trim_ascii();
        let name_or_comment = |name: &[u8]| {
            let name = if name.is_empty() { &state.comment } else { name };
            clean(&encoded_word::decode(name))
        };
        if let Some(address) = state.angle {
            out.push(Mailbox { name: name_or_comment(phrase), address });
            return;
        }
        let words = || phrase.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty());
        let Some(found) = words().find(|word| word.contains(&b'@')) else {
            match words().count() {
                0 => {}
                // A local name, as on old Unix systems.
                1 if memchr(b'?', phrase).is_none() => {
                    out.push(Mailbox { name: name_or_comment(b""), address: address(phrase) });
                }
                _ => out.push(Mailbox { name: name_or_comment(phrase), ..Mailbox::default() }),
            }
            return;
        };
        let others: Vec<&[u8]> = words().filter(|word| *word != found).collect();
        out.push(Mailbox { name: name_or_comment(&others.join(&b' ')), address: address(found) });
    }
}

/// An address without source route, white space and case.
fn address(raw: &[u8]) -> String {
    let raw = match (raw.first(), memchr(b':', raw)) {
        (Some(b'@'), Some(colon)) => &raw[colon + 1..],
        _ => raw,
    };
    let text = super::charset::decode(raw, None);
    let text = text.trim().trim_matches(['<', '>', '\'', ',', ';']);
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .take(512)
        .collect::<String>()
        .to_lowercase()
}

fn clean(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '\'']);
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Addresses alone, empty ones left out.
pub(super) fn addresses(value: &[u8]) -> impl Iterator<Item = String> {
    mailboxes(value).into_iter().map(|mailbox| mailbox.address).filter(|a| !a.is_empty())
}

/// Message ids without `<>`; where none stands in angles, words with an `@`.
pub(super) fn message_ids(value: &[u8]) -> Vec<String> {
    let text = super::charset::decode(value, None);
    let mut out: Vec<String> = Vec::new();
    let mut rest = &*text;
    while let Some(open) = rest.find('<') {
        let inner = &rest[open + 1..];
        let Some(close) = inner.find('>') else { break };
        let id: String = inner[..close].split_whitespace().collect();
        if !id.is_empty() {
            out.push(id);
        }
        rest = &inner[close + 1..];
    }
    if out.is_empty() {
        let words = text.split_whitespace().map(|word| word.trim_matches(['<', '>', ',', ';']));
        out.extend(words.filter(|word| word.contains('@')).map(str::to_owned));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: &str) -> Vec<String> {
        mailboxes(value.as_bytes()).iter().map(|m| format!("{}|{}", m.name, m.address)).collect()
    }

    #[test]
    fn table() {
        for (value, want) in [
            ("a@B.org", &["|a@b.org"][..]),
            ("Ann Lee <Ann@b.org>, c@d", &["Ann Lee|ann@b.org", "|c@d"]),
            ("\"Lee, Ann\" <a@b>", &["Lee, Ann|a@b"]),
            ("\"a \\\"x\\\" b\" <a@b>", &["a \"x\" b|a@b"]),
            ("a@b (Ann (the) Lee)", &["Ann (the) Lee|a@b"]),
            ("Team: a@b, C <c@d>;", &["|a@b", "C|c@d"]),
            ("undisclosed-recipients:;", &[]),
            ("=?utf-8?Q?Doe,_J=C3=B6?= <a@b>", &["Doe, Jö|a@b"]),
            ("=?utf-8?Q?=22x=40y=2Eorg=22_=3Cx=40y=3E?= <a@b>", &["x@y.org\" <x@y>|a@b"]),
            ("<@route,@x:a@b>", &["|a@b"]),
            ("root", &["|root"]),
            ("<>", &["|"]),
            ("Ann <a@b", &["Ann|a@b"]),
            ("Ann Lee a@b", &["Ann Lee|a@b"]),
        ] {
            assert_eq!(flat(value), want, "{value}");
        }
    }

    #[test]
    fn ids() {
        assert_eq!(message_ids(b"<a@b> <c@d>"), ["a@b", "c@d"]);
        assert_eq!(message_ids(b"a@b"), ["a@b"]);
        assert_eq!(message_ids(b"Your message of Monday <x@y>"), ["x@y"]);
        assert!(message_ids(b"<>").is_empty());
    }
}
