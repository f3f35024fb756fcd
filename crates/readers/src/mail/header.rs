//! A header block taken apart into fields, forgiving of what real mail does to it.

use std::borrow::Cow;

use memchr::memchr;

use super::{encoded_word, sniff};

/// Bytes of a header block that are read and kept.
pub(super) const MAX_HEADERS: usize = 256 << 10;

/// One field, its value as it stood, line folds included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// The fields in order, the block they stood in, and what follows it.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    pub(super) fields: Vec<Field<'a>>,
    /// At most [`MAX_HEADERS`] bytes of the block.
    pub(super) block: &'a [u8],
    /// Whether the block was longer.
    pub(super) cut: bool,
    pub(super) body: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Reads the block at the beginning of `bytes`, which have LF line ends.
    ///
    /// A line that is neither field nor continuation is skipped when another field
    /// follows it, else it begins the body (a missing blank line).
    pub(crate) fn parse(bytes: &'a [u8]) -> Self {
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut at = 0;
        let mut start = None;
        let mut block_end = bytes.len();
        let mut body = bytes.len();
        let mut cut = false;
        while at < bytes.len() {
            let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            let line = &bytes[at..end];
            let next = (end + 1).min(bytes.len());
            if line.is_empty() {
                block_end = at;
                body = next;
                break;
            }
            cut = cut || end > MAX_HEADERS;
            if cut || matches!(line[0], b' ' | b'\t') {
                if let (false, Some(name_end)) = (cut, start) {
                    let last = fields.len() - 1;
                    fields[last].value = &bytes[name_end..end];
                }
            } else if let Some(name) = sniff::field_name(line).or_else(|| odd_name(line)) {
                let value = at + memchr(b':', line).map_or(line.len(), |colon| colon + 1);
                fields.push(Field { name, value: &bytes[value..end] });
                start = Some(value);
            } else {
                start = None;
                let follows = &bytes[next..];
                let follows = &follows[..memchr(b'\n', follows).unwrap_or(follows.len())];
                if sniff::field_name(follows).is_none() {
                    block_end = at;
                    body = at;
                    break;
                }
            }
            at = next;
        }
        let block = &bytes[..block_end.min(MAX_HEADERS)];
        Self { fields, block, cut: cut || block_end > MAX_HEADERS, body: &bytes[body..] }
    }

    /// Values of the fields of that name, as they stood.
    pub(super) fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'a [u8]> + 'h {
        let named = move |field: &&Field<'a>| field.name.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|field| field.value)
    }

    /// Value of the first field of that name, as it stood.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Decoded text of the first field of that name; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.first(name).map(|value| encoded_word::decode(&unfold(value))).unwrap_or_default()
    }
}

/// Names that RFC 5322 allows and [`sniff::field_name`] does not, once inside a header.
fn odd_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', &line[..line.len().min(200)])?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// Takes line folds out and trims.
pub(super) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if memchr(b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|b| *b == b'\n') {
        let line = if out.is_empty() { line } else { line.trim_ascii_start() };
        if !out.is_empty() && !line.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(line.trim_ascii_end());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_and_damage() {
        let raw = b"Subject: a\n b\n\tc\nbroken line\nX:1\n\nbody\n";
        let headers = Headers::parse(raw);
        assert_eq!(headers.text("subject"), "a b c");
        assert_eq!(headers.text("X"), "1");
        assert_eq!(headers.body, b"body\n");
        let headers = Headers::parse(b"To: a\nand here the body begins\nright away\n");
        assert_eq!(headers.body, b"and here the body begins\nright away\n");
        assert_eq!(Headers::parse(b"\nbody").body, b"body");
        assert_eq!(Headers::parse(b"").fields.len(), 0);
    }

    #[test]
    fn a_huge_header_is_cut() {
        let mut raw = b"To: a\n".to_vec();
        while raw.len() < MAX_HEADERS + 10_000 {
            raw.extend_from_slice(b"X-A: 0123456789\n");
        }
        raw.extend_from_slice(b"\nbody");
        let headers = Headers::parse(&raw);
        assert!(headers.cut);
        assert!(headers.block.len() <= MAX_HEADERS);
        assert_eq!(headers.body, b"body");
    }
}
