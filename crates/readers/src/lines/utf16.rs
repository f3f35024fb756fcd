//! UTF-16 members (what PowerShell's `>` and `Out-File` write), as UTF-8 and back.
//!
//! The UTF-8 in between is lossless: an unpaired surrogate is kept as the three bytes
//! that generalised UTF-8 has for it (WTF-8, simonsapin.github.io/wtf-8) and becomes
//! U+FFFD only when the text is looked at. So a piece of the converted text can be
//! turned back into the very bytes of the member, which is what evidence cites.

/// Byte order of UTF-16 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    /// `FF FE`.
    Little,
    /// `FE FF`.
    Big,
}

/// The UTF-8 byte order mark.
pub(super) const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The byte order that a member's first bytes announce, if it is UTF-16.
pub(super) fn byte_order_mark(prefix: &[u8]) -> Option<Endian> {
    match prefix {
        [0xff, 0xfe, ..] => Some(Endian::Little),
        [0xfe, 0xff, ..] => Some(Endian::Big),
        _ => None,
    }
}

/// Decodes UTF-16 that comes in chunks.
#[derive(Debug)]
pub(super) struct Decoder {
    endian: Endian,
    /// Half a unit left over from the last chunk.
    byte: Option<u8>,
    /// A high surrogate that waits for its low one.
    high: Option<u16>,
}

impl Decoder {
    /// At the first unit after the byte order mark.
    pub(super) fn new(endian: Endian) -> Self {
        Self { endian, byte: None, high: None }
    }

    /// The byte order.
    pub(super) fn endian(&self) -> Endian {
        self.endian
    }

    /// Appends what `bytes` say to `text`; what is cut off waits for the next call.
    pub(super) fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut bytes = bytes.iter().copied();
        loop {
            let Some(first) = self.byte.take().or_else(|| bytes.next()) else { return };
            let Some(second) = bytes.next() else {
                self.byte = Some(first);
                return;
            };
            let unit = match self.endian {
                Endian::Little => u16::from_le_bytes([first, second]),
                Endian::Big => u16::from_be_bytes([first, second]),
            };
            self.unit(unit, text);
        }
    }

    /// Appends a waiting surrogate at the end of the stream. Half a unit at the very
    /// end is no character and is left out.
    pub(super) fn finish(&mut self, text: &mut Vec<u8>) {
        if let Some(high) = self.high.take() {
            push(u32::from(high), text);
        }
    }

    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        if let Some(high) = self.high.take() {
            if (0xdc00..0xe000).contains(&unit) {
                let code = 0x1_0000 + ((u32::from(high) - 0xd800) << 10) + u32::from(unit) - 0xdc00;
                return push(code, text);
            }
            push(u32::from(high), text);
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
        } else {
            push(u32::from(unit), text);
        }
    }
}

/// Generalised UTF-8: surrogates too.
fn push(code: u32, text: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | low(code >> shift) & 0x3f;
    match code {
        0..0x80 => text.push(low(code)),
        0x80..0x800 => text.extend([0xc0 | low(code >> 6), tail(0)]),
        0x800..0x1_0000 => text.extend([0xe0 | low(code >> 12), tail(6), tail(0)]),
        _ => text.extend([0xf0 | low(code >> 18), tail(12), tail(6), tail(0)]),
    }
}

fn low(code: u32) -> u8 {
    (code & 0xff) as u8
}

/// Bytes that `text` takes as UTF-16.
pub(super) fn encoded_len(text: &[u8]) -> u64 {
    text.iter()
        .map(|byte| match byte {
            0x80..0xc0 => 0,
            0xf0.. => 4,
            _ => 2,
        })
        .sum()
}

/// The UTF-16 bytes that [`Decoder`] made `text` from. A character cut off at the end
/// is left out.
pub(super) fn encode(text: &[u8], endian: Endian) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 2);
    let mut unit = |unit: u32| {
        let unit = (unit & 0xffff) as u16;
        bytes.extend(match endian {
            Endian::Little => unit.to_le_bytes(),
            Endian::Big => unit.to_be_bytes(),
        });
    };
    let mut rest = text;
    while let [first, ..] = rest {
        let (len, bits) = match first {
            0..0xc0 => (1, u32::from(*first)),
            0xc0..0xe0 => (2, u32::from(first & 0x1f)),
            0xe0..0xf0 => (3, u32::from(first & 0x0f)),
            _ => (4, u32::from(first & 0x07)),
        };
        let Some((char, after)) = rest.split_at_checked(len) else { break };
        let code = char[1..].iter().fold(bits, |code, b| code << 6 | u32::from(b & 0x3f));
        if code >= 0x1_0000 {
            unit(0xd800 + ((code - 0x1_0000) >> 10));
            unit(0xdc00 + ((code - 0x1_0000) & 0x3ff));
        } else {
            unit(code);
        }
        rest = after;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_and_back(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200) {
            for endian in [Endian::Little, Endian::Big] {
                let cut = cut.min(bytes.len());
                let mut decoder = Decoder::new(endian);
                let mut text = Vec::new();
                decoder.decode(&bytes[..cut], &mut text);
                decoder.decode(&bytes[cut..], &mut text);
                decoder.finish(&mut text);
                let even = bytes.len() / 2 * 2;
                prop_assert_eq!(encode(&text, endian), &bytes[..even]);
                prop_assert_eq!(encoded_len(&text), even as u64);
            }
        }
    }
}
