//! Encoded words in header fields (RFC 2047), with what real mailers make of them.
//!
//! Neighbouring words of one charset are joined before they are decoded: mailers split
//! them in the middle of a character.

use memchr::memmem;

use super::{charset, transfer};

/// Decodes an unfolded header value to text. Bytes outside encoded words are UTF-8, or
/// else Windows-1252.
pub(super) fn decode(value: &[u8]) -> String {
    if memmem::find(value, b"=?").is_none() {
        return charset::decode(value, None).into_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut pending: Option<(&[u8], Vec<u8>)> = None;
    let mut rest = value;
    while let Some(at) = memmem::find(rest, b"=?") {
        let Some(word) = Word::parse(&rest[at..]) else {
            flush(&mut out, &mut pending);
            out.push_str(&charset::decode(&rest[..at + 2], None));
            rest = &rest[at + 2..];
            continue;
        };
        let between = &rest[..at];
        if pending.is_none() || !between.trim_ascii().is_empty() {
            flush(&mut out, &mut pending);
            out.push_str(&charset::decode(between, None));
        }
        let bytes = word.bytes();
        match &mut pending {
            Some((label, joined)) if label.eq_ignore_ascii_case(word.charset) => {
                joined.extend_from_slice(&bytes);
            }
            _ => {
                flush(&mut out, &mut pending);
                pending = Some((word.charset, bytes));
            }
        }
        rest = &rest[at + word.length..];
    }
    flush(&mut out, &mut pending);
    out.push_str(&charset::decode(rest, None));
    out
}

fn flush(out: &mut String, pending: &mut Option<(&[u8], Vec<u8>)>) {
    if let Some((label, bytes)) = pending.take() {
        let label = String::from_utf8_lossy(label);
        out.push_str(&charset::decode(&bytes, Some(&label)));
    }
}

/// `=?charset*language?encoding?text?=`
pub(super) struct Word<'a> {
    charset: &'a [u8],
    base64: bool,
    text: &'a [u8],
    /// Bytes of the whole word.
    pub(super) length: usize,
}

impl<'a> Word<'a> {
    /// The word at the beginning of `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let inner = bytes.strip_prefix(b"=?")?;
        let mark = inner.iter().take(64).position(|b| *b == b'?')?;
        let charset = inner[..mark].split(|b| *b == b'*').next().unwrap_or_default();
        let base64 = match inner.get(mark + 1)? {
            b'B' | b'b' => true,
            b'Q' | b'q' => false,
            _ => return None,
        };
        if inner.get(mark + 2) != Some(&b'?') {
            return None;
        }
        let text = inner.get(mark + 3..)?;
        let end = memmem::find(&text[..text.len().min(4096)], b"?=")?;
        Some(Self { charset, base64, text: &text[..end], length: 2 + mark + 3 + end + 2 })
    }

    fn bytes(&self) -> Vec<u8> {
        if self.base64 {
            return transfer::base64(self.text);
        }
        let spaced: Vec<u8> =
            self.text.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
        transfer::quoted_printable_word(&spaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (raw, want) in [
            ("plain", "plain"),
            ("=?iso-8859-1?q?Andr=E9?= x", "André x"),
            ("a =?utf-8?B?w6k=?= =?UTF-8?Q?=C3=A9?= b", "a éé b"),
            // One character split over two words.
            ("=?utf-8?Q?caf=C3?=  =?utf-8?Q?=A9?=", "café"),
            ("=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"),
            ("=?UTF-8*en?Q?a_b?=", "a b"),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?utf-8?Q?open", "=?utf-8?Q?open"),
            ("=?gb2312?B?xOO6ww==?=", "你好"),
            ("=?unknown-8bit?Q?a=C3=A9?=", "aé"),
        ] {
            assert_eq!(decode(raw.as_bytes()), want, "{raw}");
        }
        assert_eq!(decode(b"caf\xe9"), "café");
    }
}
